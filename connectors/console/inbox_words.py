"""Every sentence of the inbox, in English; translations/ has the rest. Templates reach them as `i`."""

from __future__ import annotations

from bot.sentences import mark

INBOX = mark("Messages")
PURPOSE = mark("Here you see who waits for a mediator, and answer them in their conversation.")
PURPOSE_ONE = mark("Here you read what a person writes and answer them. Only mediators see this.")
PURPOSE_APPOINTMENT = mark("Here you see who asks for an appointment with a mediator.")
NONE_OPEN = mark("Nobody is waiting.")
NONE_CLOSED = mark("There are no ended conversations.")
OPEN_ONES = mark("Open")
CLOSED_ONES = mark("Ended")
RELOAD = mark("Look for new messages")
CONVERSATION = mark("Conversation {number}")
APPOINTMENT = mark("Appointment {number}")
STATES = {"waiting": mark("waits for a mediator"), "claimed": mark("with {name}"), "closed": mark("ended")}
CHANNELS = {"web": mark("on the website"), "telegram": mark("on Telegram"), "page": mark("by the form")}
URGENT = mark("waits too long")
SINCE = mark("without an answer for {time}")
OPENED = mark("began {date}")
LANGUAGE = mark("Language")
PLACE = mark("Place")
CHANNEL = mark("Channel")
REASON = mark("What it is about")
WHEN = mark("When")
REACH = mark("How to reach the person")
REACH_NONE = mark("Nothing is given. The person comes to the desk and says the number {number}.")
UNKNOWN = mark("not known")

CLAIM = mark("Take this conversation")
CLAIM_HINT = mark("The person is told that a mediator reads their messages. Then you can answer.")
CLAIM_APPOINTMENT = mark("Take care of this appointment")
REPLY = mark("Your answer")
REPLY_HINT = mark("The person reads {language}. Write plainly. Only give information that you are sure of.")
SEND = mark("Send")
CLOSE = mark("End this conversation")
CLOSE_APPOINTMENT = mark("This appointment is done")
CLOSE_HINT = mark("The person is told. {days} days later everything in it is deleted.")
TRANSFER = mark("Give to a colleague")
TAKE_OVER = mark("Take over from {name}")
COLLEAGUE = mark("Colleague")
GIVE = mark("Give")

PERSON = mark("The person")
BUSSOLA = mark("Bussola")
NEWS = mark("Messages of this conversation")
NO_MESSAGES = mark("The person has not written anything yet.")
ON_ITS_WAY = mark("Not delivered yet. It is tried again.")
NOT_TAKEN = mark("Not delivered: the person has blocked the bot or left.")
SENT_ENTRY = mark("Sent the entry: {title}")

LAST_SHOWN = mark("What the person read last")
NO_ENTRY = mark("The person had not read any entry.")
OPEN_ENTRY = mark("Open this entry")
SEND_ENTRY = mark("Send an entry")
SEND_ENTRY_HINT = mark("The person gets it in their own language.")
SEARCH = mark("Words of the title")
FIND = mark("Find")
NOTHING_FOUND = mark("No entry fits. Try other words.")
SEND_THIS = mark("Send")

URGENT_SUBJECT = mark("Somebody waits for a mediator")
URGENT_LETTER = mark(
    "Somebody has waited for an answer since {time}.\n\nLanguage: {language}\nPlace: {place}\n\nOpen the conversation here:\n{link}\n\n"
    "This e-mail does not say what the person wrote. You get it because your account may answer this person."
)

EMPTY = mark("Write an answer first.")
TOO_LONG = mark("Make the answer shorter: at most {most} characters.")
NOT_YOURS = mark("A colleague has this conversation now, or it has ended. Your text still stands in the field.")
GONE = mark("This conversation is deleted")
GONE_HELP = mark("The person has deleted it, or its days were over. Choose another one from the list.")
NOT_FOR_READERS = mark("Only mediators may read what people write to them. Ask an administrator if you should.")
