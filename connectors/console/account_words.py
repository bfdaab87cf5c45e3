"""The sentences about accounts, in English; translations/ has the rest. Templates reach them as `a`."""

from __future__ import annotations

from bot.sentences import mark

# Signing in.
FORGOTTEN = mark("I have forgotten my password")
PURPOSE_CODE = mark("Here you prove with your telephone that it is you.")
SECOND_STEP = mark("Second step")
CODE = mark("Code")
CODE_HINT = mark(
    "The six digits that the app on your telephone shows now. Without your telephone: one of your recovery codes."
)
CODE_WRONG = mark("This code is not right, or it was used before. Wait for the next one and try again.")
START_AGAIN = mark("Start again")
PURPOSE_FORGOTTEN = mark("Here you get a link with which you choose a new password.")
NAME_OR_EMAIL = mark("Your name here, or your e-mail address")
SEND_LINK = mark("Send me a link")
LINK_SENT = mark(
    "If there is such an account with an e-mail address, a letter with a link is on its way. The link works for one hour."
)
ASK_ADMIN = mark(
    "Ask an administrator for a link with which you choose a new password. They make it on the page of accounts."
)
LETTER_SUBJECT = mark("A new password for Bussola")
LETTER = mark(
    "Somebody asked for a new password for your account at Bussola. If it was you, open this link within one hour:\n\n{link}\n\n"
    "If it was not you, do nothing: your password stays as it is."
)
BACK_TO_SIGN_IN = mark("Back to signing in")

# One-time links.
WELCOME = mark("Welcome to Bussola")
PURPOSE_WELCOME = mark("{name} has invited you. Here you choose your name and your password.")
NEW_PASSWORD = mark("New password")
PURPOSE_NEW_PASSWORD = mark("Here you choose a new password for the account {name}.")
YOUR_NAME = mark("Your name")
NAME_HINT = mark("Colleagues see it beside what you change. You sign in with it.")
PASSWORD_HINT = mark("At least 12 characters. A short sentence is good.")
AGAIN = mark("The same password once more")
NOT_THE_SAME = mark("The two passwords are not the same.")
MAKE_ACCOUNT = mark("Make my account")
SAVE_PASSWORD = mark("Save the new password")
LINK_OLD = mark("This link is no longer valid")
YOU_WILL_BE = mark("You will be: {role}")

# The sign-on of a municipality.
SIGN_ON = mark("Sign in with your organisation")
OR_ELSE = mark("or with a name and a password")
SIGN_ON_OUT = mark("You are still signed in at your organisation. Sign out there too")
SIGN_ON_FAILED = mark("Signing in with your organisation did not work")
SIGN_ON_LATE = mark("It took too long, or your browser keeps no cookies. Start again from the page for signing in.")
SIGN_ON_AWAY = mark("Your organisation did not confirm who you are. Try again; if it stays so, tell the administrator.")
SIGN_ON_DISABLED = mark("This account is closed. Ask an administrator.")
SIGNED_ON = mark("You are signed in")
PURPOSE_SIGNED_ON = mark("Your organisation has confirmed who you are.")
GO_ON = mark("Go on")

# One's own account.
PURPOSE_MINE = mark(
    "Here you see what you may do, and change your password, your second factor and the language of this console."
)
NO_ROLE = mark("Your account has no role yet. An administrator must give you one before you can go on.")
FACTOR_DEMANDED = mark("This server asks for a second factor. Set it up first, then you can go on.")
YOUR_ROLE = mark("Your role: {role}")
YOUR_LIMITS = mark("Limited to: {limits}")
NO_LIMITS = mark("All languages and places")
MAY = {
    "admin": mark("Does everything, and looks after the accounts."),
    "editor": mark("Changes and publishes texts, confirms them, and approves what others wrote."),
    "mediator": mark("Changes and publishes texts, confirms them, and answers people."),
    "translator": mark("Translates texts; others publish them."),
    "viewer": mark("Reads everything, and changes nothing."),
}
CONSOLE_LANGUAGE = mark("Language of this console")
AS_BROWSER = mark("As my browser asks")
SAVE = mark("Save")
EMAIL = mark("E-mail address")
EMAIL_HINT = mark("Only for a link when you have forgotten your password. You may leave it empty.")
CHANGE_PASSWORD = mark("Change the password")
PRESENT_PASSWORD = mark("Present password")
PASSWORD_ELSEWHERE = mark("You sign in with your organisation: your password and your second factor are kept there.")
SIGN_OUT_EVERYWHERE = mark("Sign out on all other devices")
SIGN_OUT_HINT = mark("For example when you forgot to sign out on a computer of somebody else.")

# The second factor.
SECOND_FACTOR = mark("Second factor")
PURPOSE_FACTOR = mark("Here you connect your telephone, so that your password alone lets nobody in.")
FACTOR_ON = mark("Your telephone is connected. Signing in asks for a code.")
FACTOR_OFF = mark("Signing in asks for your password only.")
SET_UP = mark("Connect my telephone")
FACTOR_STEPS = mark(
    "Install an app for codes on your telephone, such as FreeOTP or Aegis. Let it read this picture. Then write the code "
    "that it shows."
)
QR = mark("Picture for the app on your telephone")
BY_HAND = mark("No camera? Type this key into the app: {key}")
CONFIRM_CODE = mark("Connect")
FORM_OLD = mark("This page is too old. Start again.")
RECOVERY_CODES = mark("Recovery codes")
PURPOSE_RECOVERY = mark("With these codes you get in when your telephone is lost.")
RECOVERY_HINT = mark("Each code works once. Write them down or print them now: they are not shown again.")
RECOVERY_DONE = mark("I have kept them")
NEW_RECOVERY = mark("Make new recovery codes")
REMOVE_FACTOR = mark("Disconnect my telephone")

# The accounts, for administrators.
PURPOSE_ACCOUNTS = mark("Here you see who works with this console, invite people, and change what they may do.")
INVITE = mark("Invite somebody")
PURPOSE_INVITE = mark(
    "Here you make a link for somebody who is to work with you. They choose their name and password themselves."
)
ROLE_LABEL = mark("Role")
LIMIT_LOCALES = mark("Only these languages")
LIMIT_LOCALES_HINT = mark(
    "Nothing chosen: all languages. Who is limited cannot change amounts, as these hold in every language."
)
LIMIT_PLACES = mark("Only these regions")
LIMIT_PLACES_HINT = mark("Nothing chosen: everywhere. Who is limited cannot publish what holds in other places too.")
LIMIT_TOWNS = mark("Only these towns")
LIMIT_TOWNS_HINT = mark("Names of towns, separated by commas. Leave it empty for whole regions.")
UNKNOWN_TOWN = mark("There is no town named {name}.")
CHOOSE_ROLE = mark("Choose a role.")
MAKE_LINK = mark("Make the link")
LINK_MADE = mark("The link is ready")
PURPOSE_LINK = mark("Hand this link over yourself: in person, or by a message that only they read.")
LINK_HINT = mark("It works once, until {date}. It is not shown again.")
OPEN_LINKS = mark("Links that nobody has used yet")
LINK_FOR = mark("New password for {name}")
INVITATION_FOR = mark("Invitation: {role}")
MADE_BY = mark("made by {name}, valid until {date}")
WITHDRAW = mark("Withdraw this link")
PURPOSE_PERSON = mark("Here you change what this person may do, and help when they cannot get in.")
THIS_IS_YOU = mark("this is you")
CLOSED = mark("closed")
WITH_FACTOR = mark("with a second factor")
BY_SIGN_ON = mark("signs in with the organisation")
SIGNED_IN_ON = mark("Signed in on {count} devices")
RESET_LINK = mark("Make a link to a new password")
RESET_HINT = mark("For somebody who has forgotten theirs. The old password works until the link is used.")
TAKE_FACTOR = mark("Take the second factor away")
TAKE_FACTOR_HINT = mark("For somebody whose telephone is lost. Make sure that it is really them who asks.")
END_SIGN_INS = mark("Sign this person out everywhere")
CLOSE = mark("Close this account")
CLOSE_HINT = mark("Nobody gets in with it any more. What the person wrote stays.")
OPEN_AGAIN = mark("Open this account again")
HELP = mark("When something is wrong")

# The audit log.
PURPOSE_AUDIT = mark("Here you see who did what and when. Nobody can change this record.")
WHO = mark("Account")
WHAT = mark("Deed")
ENTRY_PART = mark("Part of an entry's address")
WHEN = mark("When")
DETAIL = mark("More")
DEEDS = mark("Deeds found: {count}")
NO_DEEDS = mark("No deed fits. Choose less.")
DOWNLOAD = mark("Download as a table (CSV)")
NEWER, OLDER = mark("Newer"), mark("Older")

# What the log calls a deed, for people; a deed that is not here stands as it is.
DEED = {
    "publish": mark("published a text"),
    "publish values": mark("published values"),
    "import": mark("read the files"),
    "import file": mark("read in a file"),
    "export": mark("took a file away"),
    "read conversation": mark("read a conversation"),
    "create account": mark("made an account"),
    "change account": mark("changed role or limits"),
    "disable account": mark("closed an account"),
    "enable account": mark("opened an account again"),
    "sign in": mark("signed in"),
    "sign in failed": mark("failed to sign in"),
    "sign out": mark("signed out"),
    "end sign-ins": mark("ended sign-ins"),
    "invite": mark("invited somebody"),
    "withdraw link": mark("withdrew a link"),
    "make reset link": mark("made a link to a new password"),
    "ask for reset link": mark("asked for a link to a new password"),
    "change password": mark("changed the password"),
    "change e-mail address": mark("changed the e-mail address"),
    "choose language": mark("chose a language"),
    "set up second factor": mark("connected a telephone"),
    "remove second factor": mark("disconnected a telephone"),
    "new recovery codes": mark("made new recovery codes"),
}

DONE = {
    "ready": mark("Your password is saved. Sign in with it now."),
    "saved": mark("Saved."),
    "password": mark("Your new password holds. You are signed out everywhere else."),
    "signed-out-others": mark("You are signed out on all other devices."),
    "factor": mark("Your telephone is connected."),
    "factor-removed": mark("The telephone is disconnected."),
    "ended": mark("This person is signed out everywhere."),
    "closed": mark("The account is closed."),
    "opened": mark("The account is open again."),
    "withdrawn": mark("The link is worth nothing any more."),
}
