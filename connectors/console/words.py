"""Every sentence of the console, in English; translations/ has the rest. Templates reach them as `w`."""

from __future__ import annotations

from bot import sentences
from bot.sentences import SAID, mark

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
SHARED_HELP = mark("These belong to several entries. Open one to change it in all of them at once.")
SHARED_VALUE = mark("A value that several entries share")
PURPOSE_SHARED = mark("Here you change a value that several entries use, once for all of them.")
USED_BY = mark("Entries that use it: {count}")
TOLD_IN_DANGER = mark("People in danger read it before anything else.")
ONE_PLACE = mark("Another value for one place")
ONE_PLACE_HINT = mark("Only if it differs there. Everywhere else people go on reading the value above.")
REGION_OR_TOWN = mark("Region or town")
EMPTY_ENDS = mark("If you empty it, people there read the value for everywhere again.")
PLACE_WRONG = mark("Choose a region or a town that has no value of its own yet.")
BACK_TO_ANSWER = mark("Back to the text")

# Writing: working copies, a look before publishing, reviews.
SAVED = mark("Saved as your working copy at {time}. People do not see it yet.")
NOT_SAVED = mark("Not saved yet.")
OFFLINE = mark("No connection. Your text stays on this page and is saved as soon as the connection is back.")
SIGNED_OUT_HERE = mark(
    "You are no longer signed in. Your text stays on this page: sign in in another tab, and it is saved."
)
OTHER_ACCOUNT = mark(
    "Somebody else is signed in here now. Your text stays on this page. Copy it, or sign in with your own account."
)
ELSEWHERE = mark(
    "This text was changed in another tab or on another device. What you typed here stays, but is not saved."
)
KEEP_MINE = mark("Keep what stands here")
LOAD_OTHER = mark("Show the other text")
SIGN_IN_AGAIN = mark("Sign in in a new tab")
WRITING = mark("This is your working copy of {time}. People do not see it yet.")
WAITS = mark("Your text waits for a colleague to look at it. If you change it, ask again.")
SENT_BACK = mark("{name} gave your text back: {remark}")
COLLEAGUE = mark("{name} is also writing this text.")
DISCARD = mark("Throw the working copy away")
LOOK = mark("Look over and publish")
HIGH = mark("A mistake here does great harm: a second person looks at it before people read it.")
SAVE = mark("Save")
PREVIEW = mark("As people will see it")
IN_WIDGET = mark("On the web")
IN_TELEGRAM = mark("On Telegram")
INSERT = mark("Insert {value} here")

PURPOSE_LOOK = mark("Here you see what will change for people before they read it.")
LOOK_TITLE = mark("Look over")
CHANGES = mark("What changes")
NOTHING_CHANGES = mark("Nothing changes for people.")
BECOMES_STALE = mark("Translations that will be out of date: {count} ({languages}).")
REVALUED = mark("Languages in which people then read another {value}: {count}")
REVALUED_NOWHERE = mark("No text uses {value}.")
NONE_STALE = mark("No translation becomes out of date.")
PUBLISHED_NOW = mark("Published now")
WILL_BE = mark("After publishing")
SURE = mark("I have read this text and its sources today, and they are right.")
SURE_HINT = mark("People are then told that the answer was confirmed, and when. Your name is kept for your colleagues.")
CONFIRM = mark("Confirm")
CONFIRM_HINT = mark(
    "Open each source, compare it with the text, then confirm both. People are told that it was confirmed, and when."
)
ASK_REVIEW = mark("Ask a colleague to look at it")
SEND_BACK = mark("Give it back")
REMARK = mark("What should be changed?")
WRITE_REMARK = mark("Write what should be changed.")
BY = mark("Written by {name}")
SECOND_PERSON = mark(
    "You wrote this change yourself, and a mistake here does great harm: a second person must publish it."
)
CHANGED_SINCE = mark("This text has been changed since you opened this page. Look at it again.")
BEHIND = mark("Somebody has published another text meanwhile. {name} must take it over first.")
NO_COPY = mark("There is no working copy any more. You see what is published.")
MEND_FIRST = mark("This must be mended before it can be published.")
SENT = mark("Your colleagues see it now among the texts that wait.")
GIVEN_BACK = mark("The author has it back, with your remark.")
THROWN_AWAY = mark("The working copy is thrown away. You see what is published.")
CONFIRMED = mark("Confirmed. People are told so from now on.")
CHECKED = mark("Noted: checked today.")
OWNED = mark("Noted who looks after this entry.")
KEPT_HERE = mark("What you typed here before and did not save is here again.")
KEPT_OLDER = mark("You typed another text here before, and it was not saved. The text below has been saved or published since.")
THROW_AWAY = mark("Throw it away")
FIRST_QUESTIONS = mark("People asked this. The questions that are ticked lead to the new entry once it is published.")
SAVED_DONE = mark("Saved. People do not see it yet.")
ADDED = mark("Added. It is found from now on.")
FORGOTTEN = mark("Deleted for good.")

REVIEWS = mark("Working copies")
PURPOSE_REVIEWS = mark("Here you find what waits for a second look, and what you are writing yourself.")
WAITING = mark("Waiting for a second look")
YOURS = mark("Your working copies")
OTHERS = mark("Your colleagues are writing")
NOTHING_WAITS = mark("Nothing waits.")
SAVED_MEANWHILE = mark("Saved meanwhile in the other tab")
ITALIAN_SINCE = mark("The Italian text has changed since this translation was made: it will count as out of date.")
COPY_STATES = {"draft": mark("being written"), "waiting": mark("waits for a look"), "back": mark("given back")}
OWN_DATA = mark("Values, sources and details")

PURPOSE_DETAILS = mark(
    "Here you look after what is the same in every language: sources, risk, related entries and offices."
)
DETAILS = mark("Sources and details")
SOURCES = mark("Sources")
SOURCE_ADDRESS = mark("Address of the page")
SOURCE_TITLE = mark("Name of the page")
SOURCE_DATE = mark("Date of the page, if it is known")
CHECK_TODAY = mark("I checked it today")
CHECKED_BY = mark("Checked on {date} by {name}")
CHECKED_ON = mark("Checked on {date}")
NEVER_CHECKED = mark("Nobody has checked this page yet.")
MORE_SOURCES = mark("One more source")
RISK = mark("How much harm does a mistake do?")
RISKS = {
    "low": mark("little"),
    "medium": mark("some"),
    "high": mark("great harm: a second person looks at every change"),
}
REVIEW_DAY = mark("To be reviewed by")
OWNER = mark("Looked after by")
OWNED_BY = mark("Looked after by {name}")
OWNER_HINT = mark("Only colleagues see this. The entry stands on this person's work page when its review is due.")
NOBODY = mark("nobody")
MINE = mark("me")
RELATED = mark("Related entries")
OFFICES = mark("Offices that help")
SOURCE_WRONG = mark("Write the whole address, such as https://www.example.org/page, and a name.")
SOURCE_MISSING = mark("Name at least one page that supports this entry.")
DATE_WRONG = mark("Write the date as year, year-month or year-month-day.")

TRY = mark("Try it")
PURPOSE_TRY = mark(
    "Here you ask as somebody else would, and see what they would get if your text were published. Nothing of it is kept."
)
TRY_QUESTION = mark("A question, in anybody's words")
TRY_PLACE = mark("Town")
TRY_UTTERANCES = mark("How people may ask, one question a line")
TRY_UTTERANCES_HINT = mark("They count for this trial. With the button below they are added for everybody.")
TRY_ASK = mark("Ask")
ADD_UTTERANCES = mark("Add these questions to the entry")
WOULD_GET = mark("They would get")
WHY = mark("Why this answer?")
DECISIONS = {
    "answer": mark("The entry is sure enough: {sure} of 100, and {needed} are needed."),
    "clarify": mark("No entry is sure enough ({sure} of 100, and {needed} are needed), so up to three are offered."),
    "handoff": mark("No entry fits well enough: the best has {sure} of 100. People are sent to somebody who can help."),
    "small_talk": mark("This is not a question about an entry."),
}  # fmt: skip
DANGER_FIRST = mark("The words tell of danger: the numbers to call come first.")
LIKELY = mark("Entries that may be meant")
SURE_OF = mark("{sure} of 100")
NEAREST = mark("The nearest known texts")
CLOSE = mark("by meaning {dense}, by letters {lexical}, of 100")
UNDERSTOOD = mark("Understood as {language}")

REPLAY = mark("Questions whose answer would change")
REPLAY_RUNS = mark("{done} of {all} questions are tried.")
REPLAY_START = mark("Try the questions")
REPLAY_NONE = mark("No known question would be answered otherwise.")
VERDICTS = {"better": mark("better"), "worse": mark("worse"), "different": mark("different")}
NOW_GETS = mark("now: {reply}")
THEN_GETS = mark("then: {reply}")
KINDS = {"clarify": mark("a choice of entries"), "handoff": mark("no answer"), "small_talk": mark("no answer")}
BELONGS_TO = mark("belongs to: {title}")

QUESTIONS = mark("Asked in vain")
PURPOSE_QUESTIONS = mark(
    "Here you see what people asked and got no answer to, the most frequent first, whatever language they wrote in."
)
NO_QUESTIONS = mark("Nobody has asked in vain.")
QUESTIONS_SHOWN = mark("The newest {shown} of {count} questions, in {groups} groups.")
TIMES = mark("asked {count} times")
ONCE = mark("asked once")
REASONS = {
    "unanswered": mark("not answered"), "thumbs down": mark("the answer did not help"), **{name: SAID[name] for name in sentences.REASONS},
}  # fmt: skip
SAME_QUESTIONS = mark("All questions of this group")
BELONGS = mark("This is a question for:")
ADD_TO = mark("Add to this entry")
OTHER_ENTRY = mark("Another entry")
START_ENTRY = mark("Start a new entry")
FORGET = mark("Delete these questions")
FORGET_ONE = mark("Delete this question")
CHOOSE_ENTRY = mark("Choose an entry.")

PURPOSE_NEW = mark("Here you begin a new entry. People see it when it is published, in Italian first.")
NEW_ID = mark("Short name in small English letters, such as school-bus")
NEW_ID_WRONG = mark("Use small letters a to z, digits and hyphens, for example school-bus.")
NEW_ID_TAKEN = mark("There is an entry of this name already.")
BEGIN = mark("Begin")
DONE |= {
    "sent": SENT, "back": GIVEN_BACK, "discarded": THROWN_AWAY, "confirmed": CONFIRMED, "checked": CHECKED, "saved": SAVED_DONE,
    "added": ADDED, "forgotten": FORGOTTEN, "gone": NO_COPY, "owned": OWNED,
}  # fmt: skip

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
OWN_COPY_FIRST = mark("You are writing this yourself: publish your working copy or throw it away first.")
VALUES_LACK = mark("The texts use {names}, which this version does not have.")
OWN_HISTORY = mark("Earlier versions of sources and values")
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
