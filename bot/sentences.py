"""What the interface says, in English: the source of translations/. Nothing here does work."""

from __future__ import annotations


def mark(message: str) -> str:
    """Marks `message` for extraction; it is translated where it is used."""
    return message


SECTION_TITLES = {
    "steps": mark("What to do"),
    "documents": mark("What to bring"),
    "cost": mark("What it costs"),
    "deadline": mark("By when"),
    "good_to_know": mark("Good to know"),
}
TOPIC_TITLES = {
    "emergency": mark("Emergency"),
    "legal": mark("Residence permit and rights"),
    "asylum": mark("Asylum"),
    "registry": mark("Documents and registry office"),
    "health": mark("Health"),
    "work": mark("Work"),
    "learning": mark("School and Italian courses"),
    "housing": mark("Housing"),
    "benefits": mark("Family and benefits"),
    "women": mark("Women and gender"),
    "participation": mark("Taking part"),
    "daily": mark("Daily life"),
}
# What somebody in danger reads at once. Fixed, complete, and the same in every channel; {names} are values.
CRISIS = {
    "partner_violence": (
        mark(
            "In danger now: call {phone_112}. To get help: call {phone_1522}. It is free, day and night. You do "
            "not have to say your name. If you cannot speak, use the chat on the {phone_1522} website. It is "
            "safer if nobody sees this with you. On a web page the quick exit closes it fast. On Telegram delete the chat."
        ),
        "emergency/violence-1522",
    ),
    "forced_labour": (
        mark(
            "In danger now: call {phone_112}. To get out: call {phone_antitrafficking}. It is free, day and "
            "night. You do not have to say your name. Say which language you speak. They can find a safe place "
            "for you. You need no papers. You decide. A friend can call for you."
        ),
        "emergency/trafficking-hotline",
    ),
    "child_in_danger": (
        mark(
            "Child in danger now or missing: call {phone_112} at once. Do not wait. Someone hurts a child: call "
            "{phone_114}. It is free, day and night. Children can call too. Missing child: call also "
            "{phone_116000}. A child who wants to talk: {phone_19696}."
        ),
        "emergency/child-in-danger",
    ),
    "suicide": (
        mark(
            "Call {phone_112} or {phone_118} now if you may hurt yourself. Or go to the nearest emergency room "
            "(Pronto Soccorso). You need no documents. Please do not stay alone: tell someone near you now. "
            "Children and teenagers can also call {phone_114}, day and night, or {phone_19696}. There are people "
            "who want to help you."
        ),
        "emergency/suicide-mental-crisis",
    ),
    "medical_emergency": (
        mark(
            "Call {phone_112} or {phone_118} now. It is free. Say where you are: town, street, something you can "
            "see. Say what happened and how many people are hurt. Say your language. Do not hang up first. You "
            "need no permit, no health card and no money."
        ),
        "emergency/emergency-numbers",
    ),
    "racist_attack": (
        mark(
            "Call {phone_112} now. It is free. If you are hurt you can also call {phone_118}. Say where you are "
            "and what happened. You need no permit to get help. Racist violence and threats are a crime. When you "
            "are safe, you can also report it to UNAR, free: {unar_phone}."
        ),
        "emergency/racism-discrimination",
    ),
    "fire": (
        mark(
            "Call {phone_112} or {phone_115} now, and get away from the danger. You can call {phone_112} free, "
            "also without credit. Say where you are: town, street, something you can see. Say what happened and "
            "if people are hurt. Do not hang up first. You need no permit and no money."
        ),
        "emergency/emergency-numbers",
    ),
}
SMALL_TALK = {
    "greet": mark("Hello. Write your question in your own words, in your language. Or choose a topic."),
    "thank": mark("You are welcome. You can ask another question at any time."),
    "goodbye": mark("Goodbye. You can come back at any time."),
    "help": mark(
        "Write what you need, in your own words and your language. For example: how do I renew my residence permit? "
        "You can also choose a topic."
    ),
    "what_can_you_do": mark(
        "I give information about living in Puglia and Campania: residence permit, asylum, documents, health, "
        "work, school, housing, family. I show my sources and the offices near you. I do not give legal advice."
    ),
    "change_language": mark("Choose your language."),
    "affirm": mark("Good. What would you like to know?"),
    "deny": mark("All right. Tell me in other words what you need, or choose a topic."),
    "feedback_positive": mark("Thank you for telling me."),
    "feedback_negative": mark(
        "I am sorry that this did not help. Tell me in other words what you need, or ask a person."
    ),
    "delete_my_data": mark("Do you want to delete this conversation? What was kept of it will be gone."),
    "ask_place": mark("Tell me your town, and I show you the offices near you."),
    "nothing": mark(
        "I could not read a question in this. Write it in your own words, in any language, or choose a topic."
    ),
    "deleted": mark("This conversation is deleted."),
    "unknown_button": mark("This button no longer works. Write your question, or choose a topic."),
}
REASONS = ("wrong", "unclear", "missing")  # why an answer did not help; names of SAID
HUMAN = mark("A person can help you")

# Writing to a mediator.
TALK = {
    "write": mark("Write to a mediator"),
    "offer": mark(
        "You can write to a cultural mediator here. What you write after this, a mediator reads. You do not have to say "
        "your name."
    ),
    "yes": mark("Yes, write to a mediator"),
    "opened": mark("You are writing to a mediator now. Write your question. The answer comes here."),
    "back": mark("Back to the bot"),
    "left": mark("You no longer write to a mediator. I answer again. What do you need?"),
    "claimed": mark("A mediator reads your messages now."),
    "closed": mark(
        "The mediator has ended this conversation. I answer again. You can write to a mediator again at any time."
    ),
    "mediator": mark("A mediator writes"),
    "there_now": mark("Mediators are there now."),
    "there_later": mark(
        "Nobody is there at this moment. You can leave a message. Mediators are there again on {day} at {time}."
    ),
    "there_unknown": mark("A mediator answers as soon as possible."),
    "languages": mark("The mediators speak: {languages}."),
}
APPOINTMENT_WHEN = {
    "any": mark("At any time"),
    "morning": mark("In the morning"),
    "afternoon": mark("In the afternoon"),
    "evening": mark("In the evening"),
}

SAID = {
    "no_section": mark("I have nothing confirmed or unconfirmed on exactly this. Ask at the office."),
    "other_language": mark("This answer is not yet written in your language."),
    "confirmed": mark("A cultural mediator confirmed this on {date}."),
    "stale": mark("The Italian text has changed since this was translated. Check at the office."),
    "unconfirmed": mark(
        "Not yet confirmed by a mediator. Written on {date} from public pages. Check before you rely on it."
    ),
    "helped": mark("This helped"),
    "not_helped": mark("This did not help"),
    "wrong": mark("It is wrong"),
    "unclear": mark("I do not understand it"),
    "missing": mark("Something is missing"),
    "check_office": mark("Check before you go: this address was not confirmed."),
    "life": mark("In danger of life call {phone}."),
    "which": mark("Which of these do you mean?"),
    "also": mark("Did you also ask about this? Press the button for the answer."),
    "human_here": mark("These offices have people who help you, for free."),
    "unknown_here": mark("I do not have a good answer to this. These offices have people who help you, for free."),
    "human": mark("People can help you, for free. Tell me your town, and I show you the offices near you."),
    "unknown": mark(
        "I do not have a good answer to this. People can help you: tell me your town, and I show you the offices near you."
    ),
    "delete": mark("Delete"),
    "near": mark("I will show you offices near {place}."),
}
