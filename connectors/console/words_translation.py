"""The sentences of the work page, of translations, files, offices and the guide, in English. Templates reach them as `o`."""

from __future__ import annotations

from bot.sentences import mark
from connectors.console import inbox_words, words

# Every page says what it is for.
PURPOSE_WORK = mark("Here you see what waits to be done today, and go straight to it.")
PURPOSE_GRID = mark("Here you see at a glance which entries are written, out of date or missing in each language.")
PURPOSE_FILES = mark("Here you send texts to translators as files, and read their files back in.")
PURPOSE_IMPORT = mark("This page shows what a file would change, before anything is published.")
PURPOSE_UTTERANCES = mark("Here you take out and bring in the questions from which Bussola learns how people ask.")
PURPOSE_DUE = mark("Here you see which amounts, dates and phone numbers must be checked soon.")
PURPOSE_OFFICES = mark(
    "Here you ask offices whether what we say about them is still true, and take over what they change."
)
PURPOSE_GUIDE = mark("This is a short guide to the console.")

# The frame and the work page.
WORK = mark("Work to do")
MAIN_MENU = mark("Main menu")
FOR_YOU = mark("For you")
FOR_ALL = mark("For everybody")
NOTHING = mark("Nothing waits here.")
CARDS = {
    "conversations": (inbox_words.INBOX, inbox_words.PURPOSE),
    "copies": (words.REVIEWS, words.PURPOSE_REVIEWS),
    "own_review": (mark("Your entries to review"), mark("You look after these. Read them again and check their sources.")),
    "review": (mark("Entries to review"), mark("Their day for a review has passed. Read them again and check their sources.")),
    "stale": (mark("Out of date"), mark("The Italian text has changed since these were translated.")),
    "missing": (mark("Not translated"), mark("People get these answers in another language until you write them.")),
    "values": (mark("Values to check"), mark("These amounts, dates or phone numbers should be checked within sixty days.")),
    "unanswered": (mark("Unanswered questions"), mark("People asked this, and Bussola had no good answer.")),
    "offices": (mark("Offices to ask"), mark("Nobody has confirmed for ninety days that what we say about them is true.")),
    "changes": (mark("Changes from offices"), mark("Offices have corrected what we say about them. Accept or refuse it.")),
}  # fmt: skip

# The state of one field of a translation.
FIELD_STATES = {
    "current": mark("up to date"), "changed": mark("changed in Italian"), "missing": mark("missing"),
    "removed": mark("no longer in Italian"), "own": mark("only in this language"),
}  # fmt: skip
CHANGED_HOW = mark("What has changed in Italian")
CHANGED_UNKNOWN = mark("The earlier Italian text is not known.")
STILL_RIGHT = mark("This is still right")
STILL_RIGHT_HINT = mark("Press this when the change in Italian does not change your text. Nothing is rewritten.")
STILL_RIGHT_NOTE = mark("Still right after the change in Italian")

# The grid.
GRID = mark("Translations")
ENTRY = mark("Entry")
SORT = mark("Order")
SORTS = {"topic": mark("by topic"), "work": mark("most work first")}
ALL_LANGUAGES = mark("All languages")
TO_DO = mark("{count} to do")
COUNTS = mark("To do in each language")
LEGEND = mark("What the marks mean")
GRID_HINT = mark("On a small screen you see one language at a time. Choose it above.")

# Filters of the list.
RISK = mark("Risk")
RISKS = {"low": mark("low"), "medium": mark("medium"), "high": mark("high")}
AGE = mark("Age")
AGES = {
    "overdue": mark("review is due"), "90": mark("not confirmed for 3 months"), "180": mark("not confirmed for 6 months"),
    "365": mark("not confirmed for a year"),
}  # fmt: skip

# Files.
FILES = mark("Files for translators")
EXPORT = mark("Take texts out")
EXPORT_HELP = mark(
    "The file holds the Italian text and what is written so far. Translators work on it with their own program."
)
FORMAT = mark("Kind of file")
FORMATS = {"xliff": mark("XLIFF 2 (translation offices)"), "po": mark("PO (Poedit and others)")}
ONLY_TO_DO = mark("Only what is missing or out of date")
CHOOSE = mark("Choose topics or entries (none chosen: all)")
DOWNLOAD = mark("Download the file")
IMPORT = mark("Read a file back in")
IMPORT_HELP = mark("First you see what the file would change. Nothing is published until you agree.")
FILE = mark("File")
SHOW_CHANGES = mark("Show what it would change")
NOTHING_TO_EXPORT = mark("There is nothing to translate in what you chose.")
NO_FILE = mark("Choose a file first.")
FILE_WRONG = mark("This file cannot be read.")
CHANGES_FOUND = mark("Texts that change: {count}")
SAME_FOUND = mark("Texts that stay as they are: {count}")
NOTHING_TO_DO = mark("The file changes nothing. There is nothing to do.")
KIND = {"new": mark("new"), "changed": mark("changed"), "still_right": mark("still right")}
BEHIND = mark("The Italian text has changed since the file was made. This translation will count as out of date.")
BROKEN = mark("Nothing can be imported: in these texts the words in braces are not those of the Italian.")
BROKEN_LACKS = mark("{unit}: please put in {names}.")
BROKEN_MORE = mark("{unit}: please take out {names}.")
BROKEN_BRACES = mark("{unit}: please take out the single brace.")
NOT_PUBLISHABLE = mark("These entries cannot be published as they are:")
CONFLICTS = mark("Changed here since the file was made")
CONFLICTS_HELP = mark("These texts are not overwritten. Compare both, and take over in the editor what is needed.")
HERE = mark("Here")
IN_FILE = mark("In the file")
UNFINISHED = mark("Not finished: the translator left these texts marked. They are left out.")
UNKNOWN = mark("These entries do not exist here. They are left out.")
AGREE = mark("Publish these changes")
AGREE_HINT = mark("All of them at once. They count as not confirmed until somebody confirms them.")
MOVED = mark("Somebody has published something meanwhile. Look at the changes again, then agree.")
GONE = mark("The file is no longer here. Please choose it again.")
IMPORT_NOTE = mark("From the file {name}")

# Utterances.
UTTERANCES = mark("How people ask")
UTTERANCES_HELP = mark(
    "A spreadsheet with a line for each question: language, intent, style, text. Add lines, then read it back in."
)
INTENT = mark("Entry (empty: all)")
NEW_FOUND = mark("New questions: {count}")
KNOWN_FOUND = mark("Questions that are there already: {count}")
REFUSED_FOUND = mark("Lines that cannot be taken")
LINE = mark("Line {number}")
ADD = mark("Add these questions")

# Values.
DUE_ON = mark("Check by {date}")
NO_VALUES_DUE = mark("No value has to be checked within sixty days.")

# Offices.
OFFICES = mark("Offices")
WAITING = mark("What offices have changed")
ACCEPT = mark("Accept")
REFUSE = mark("Refuse")
TO_ASK = mark("Offices to ask")
NEVER_CHECKED = mark("never checked")
CHECKED_ON = mark("checked on {date}")
SEND_MAIL = mark("Write an e-mail")
LINK_FOR = mark("Link for this office")
NO_MAIL = mark("No e-mail address is known. Give the link by phone or letter.")
LINK_HINT = mark(
    "Each link works once, for sixty days. Bussola sends nothing itself: you send the message from your own mail."
)
MORE_OFFICES = mark("There are {count} more. Search for a town or a name.")
OFFICES_FOUND = mark("Offices found: {count}")
ACCEPT_HINT = mark("You may correct the new text before you accept it.")
HOURS_HINT = mark("Opening hours as Mo-Fr 09:00-12:00; Sa 09:00-11:00.")
BEFORE = mark("So far: {text}")
UNKNOWN_SO_FAR = mark("So far: not known")
FIELDS = {
    "address": mark("Address"), "phone": mark("Phone"), "email": mark("E-mail"), "website": mark("Website"),
    "hours": mark("Opening hours"),
}  # fmt: skip
FIELD_WRONG = mark("Please look at this field again: {field}.")
MAIL_SUBJECT = mark("Is what we say about your office still true?")
MAIL_TEXT = mark(
    "Good morning,\n\nBussola tells people where to find help in Puglia and Campania. We also name your office: {name}.\n"
    "Please open this link and tell us whether what we say is still true. It takes a minute:\n\n{link}\n\nThank you!"
)

# The page that an office sees.
OFFICE_TITLE = mark("Is this still true?")
OFFICE_PURPOSE = mark(
    "Bussola tells people in Puglia and Campania where they find help. This is what it says about your office."
)
OFFICE_YES = mark("Yes, it is still true")
OFFICE_CHANGE = mark("Something has changed")
OFFICE_CHANGE_HELP = mark("Please correct what is wrong. A mediator looks at it before people read it.")
OFFICE_NOTE = mark("Anything else we should know?")
OFFICE_SEND = mark("Send the change")
OFFICE_THANKS = mark("Thank you. People now read that your office has confirmed this today.")
OFFICE_THANKS_CHANGE = mark("Thank you. A mediator will look at your change soon.")
OFFICE_OVER = mark("This link has been used, or it is too old. Please write to those who sent it to you for a new one.")
OFFICE_SAME = mark("You have not changed anything. If all is right, press the first button.")
NOT_KNOWN = mark("not known")

# The guide.
GUIDE = mark("Guide")
NO_GUIDE = mark("The guide is not on this server. It stands in docs/guide.en.md of the program.")

DONE = {
    "still_right": mark("Noted: the text is still right."),
    "imported": mark("Published. People read it from now on."),
    "added": mark("Added. Bussola finds these questions from now on."),
    "accepted": mark("Accepted. People read it from now on."),
    "refused": mark("Refused. Nothing has changed."),
}
