"""Every sentence of the console, in English; translations/ has the rest. Templates reach them as `w`."""

from __future__ import annotations

from bot.sentences import mark

# Every page says what it is for.
PURPOSE_SIGN_IN = mark("Here mediators sign in to look after the answers that Bussola gives.")
PURPOSE_ENTRIES = mark(
    "Here you find every entry, see how sure its answers are in each language, and open one to change it."
)
PURPOSE_ANSWER = mark("Here you write what people read about this subject in one language.")
PURPOSE_TRANSLATION = mark("Here you translate this entry: the Italian text stands beside each field.")
PURPOSE_VALUES = mark("Here you change an amount, a date or a phone number once, and it is right in every language.")
PURPOSE_HISTORY = mark("Here you see who changed this text and when, compare versions, and bring an older one back.")
PURPOSE_MESSAGE = mark("This page tells you why something could not be done, and what to do next.")

# The frame around every page.
NAME = mark("Bussola for mediators")
SKIP = mark("Skip to the content")
ENTRIES = mark("Entries")
INBOX = mark("Messages")
INBOX_WAITING = mark("{count} waiting")
INBOX_URGENT = mark("{count} waiting too long")
SIGN_OUT = mark("Sign out")
SIGNED_IN_AS = mark("Signed in as {name} ({role})")
ROLE = {
    "admin": mark("administrator"), "editor": mark("editor"), "mediator": mark("mediator"), "translator": mark("translator"),
    "viewer": mark("reader"), "": mark("no role yet"),
}  # fmt: skip
MY_ACCOUNT = mark("My account")
ACCOUNTS = mark("Accounts")
RECORD = mark("Record of deeds")
FOR_ADMINS = mark("For administrators")
MEND = mark("Nothing has been published yet. Please mend what is marked below.")

# Signing in.
SIGN_IN = mark("Sign in")
ACCOUNT_NAME = mark("Name")
PASSWORD = mark("Password")
NOT_RIGHT = mark(
    "The name or the password is not right, or there were too many attempts. After five failures wait fifteen minutes."
)
NO_ACCOUNT = mark("No account yet? Ask the administrator of this server to make one for you.")
SIGNED_OUT = mark("You are signed out.")

# The list of entries.
SEARCH = mark("Search")
SEARCH_HINT = mark("words of a title or an answer")
TOPIC = mark("Topic")
LANGUAGE = mark("Language")
STATE = mark("State")
ANY = mark("All")
SHOW = mark("Show")
SHOW_ALL = mark("Show all entries")
FOUND = mark("Entries found: {count}")
NONE_FOUND = mark("No entry fits. Try fewer words, or show all entries.")
STATES = {
    "unconfirmed": mark("not confirmed"), "confirmed": mark("confirmed"), "stale": mark("out of date"), "missing": mark("missing"),
}  # fmt: skip
STATE_EXPLAINED = {
    "unconfirmed": mark("Nobody who knows has checked this text yet. People who read it are told so."),
    "confirmed": mark("{name} confirmed this text on {date}. Changing it makes it not confirmed again."),
    "stale": mark(
        "The Italian text has changed since this was translated. Compare both and publish, even if nothing needs to change."
    ),
    "missing": mark("Nothing is written in this language yet. Until then people get the answer in another language."),
}
REVIEW_BY = mark("To be reviewed by {date}")
OVERDUE = mark("The review was due on {date}")

# The editor.
TITLE = mark("Title")
TITLE_HINT = mark("Short, as a person would say it. It is also the text of a button.")
ANSWER = mark("Answer")
ANSWER_HINT = mark("The most important thing first, in at most sixty words.")
SECTIONS_HINT = mark("The parts below are shown with the answer. A part that has nothing to say stays empty.")
ITALIAN_TEXT = mark("Italian text")
ITALIAN_EMPTY = mark("This part is empty in Italian.")
YOUR_TEXT = mark("Text in {language}")
OTHER_LANGUAGES = mark("Other languages of this entry")
HISTORY = mark("Earlier versions")
VALUES = mark("Amounts, dates and phone numbers")
VALUES_HELP = mark(
    "Write the word in braces where the amount belongs. People see the amount beside it, and it is changed once for all languages."
)
SHARED_VALUES = mark("Values that all entries share")
CHANGE_VALUES = mark("Change these values")
NOTE = mark("Note for your colleagues")
NOTE_HINT = mark("Why you changed it. Only mediators see this.")
MINOR = mark("Minor edit: the meaning is the same, so the translations stay up to date")
PUBLISH = mark("Publish")
PUBLISH_HINT = mark(
    "People read it from their next question on. It counts as not confirmed until somebody confirms it."
)
READ_ONLY = mark("You may read this, but not change it. Ask an administrator if you should.")
PUBLISHED = mark("Published. People read it from now on.")
UNCHANGED = mark("Nothing was different, so nothing was published.")
RESTORED = mark("The older version is published again.")
DONE = {"published": PUBLISHED, "unchanged": UNCHANGED, "restored": RESTORED}

# Somebody else was faster.
CONFLICT = mark("Somebody else has published this meanwhile. Your text is not lost: it stands in the fields below.")
CONFLICT_HELP = mark("Compare both texts. Take over what the other person wrote if it is needed, then publish again: your text "
                     "replaces theirs.")  # fmt: skip
THEIR_TEXT = mark("Published meanwhile")
CONFLICT_DIFFERENCE = mark("What your text would change")
SAME = mark("No difference.")
THEIR_VALUE = mark("Published meanwhile: {value}")
CONFLICT_VALUES = mark("Somebody else has changed these values meanwhile. What you typed still stands in the fields. Compare, then "
                       "publish again.")  # fmt: skip

# Values.
KIND = {"money": mark("amount of money"), "number": mark("number"), "duration": mark("length of time"), "date": mark("date"),
        "phone": mark("phone number")}  # fmt: skip
UNIT = {
    "hours": mark("in hours"), "days": mark("in days"), "weeks": mark("in weeks"), "months": mark("in months"), "years": mark("in years"),
}  # fmt: skip
AMOUNT = mark("Value")
CHECK_AGAIN = mark("Check again by")
ONLY_IN = mark("only for {place}")
SEEN_AS = mark("People read: {value}")
NO_VALUES = mark("This entry has no values of its own.")
SHARED_HELP = mark("These belong to several entries. For now they are changed in the file knowledge_base/values.yml.")
BACK_TO_ANSWER = mark("Back to the text")

# History.
VERSION = mark("Version {number}")
CURRENT = mark("current")
FROM_FILES = mark("from the files")
COMPARE = mark("Compare with the current text")
COMPARED = mark("From version {number} to the current text")
LEGEND = mark("Struck out: only in the older version. Underlined: only in the current text.")
RESTORE = mark("Publish version {number} again")
RESTORE_HINT = mark("It becomes a new version. Nothing is lost.")
RESTORE_NOTE = mark("Version {number} again")
NOT_RESTORED = mark("This version cannot be published as it is: {reason}")
RESTORE_CONFLICT = mark("Somebody else has published this meanwhile. Look at the current text, then decide again.")
NO_HISTORY = mark("Nothing has been published in this language yet.")

# Messages.
REFUSED = mark("Not allowed")
CSRF = mark("This form is no longer valid. Go back, copy what you wrote, load the page again and send it from there.")
NOT_ALLOWED = mark("Your account may read, but not publish. Ask an administrator if it should.")
NOT_HERE = mark(
    "Your account is limited to some languages or places, and this reaches beyond them. Ask an administrator."
)
NOT_READY = mark("Your account is not ready yet. Open the page of your account to see what is missing.")
ENDED = mark("You are no longer signed in")
ENDED_HELP = mark("Go back, copy what you wrote, sign in and paste it there.")
MISSING = mark("This page does not exist")
MISSING_HELP = mark("Choose an entry from the list.")
TROUBLE = mark("This did not work")
TROUBLE_HELP = mark("The database did not take the change. Nothing is published. Try again in a minute, and tell the administrator "
                    "if it stays so.")  # fmt: skip
