"""Values that several entries share. Each is kept as an entry's own data are, under an id of its own, so that it has the
same history, working copies and second look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot.model import Answer, Content, Entry
from bot.sentences import CRISIS

TOPIC = "values"  # what stands before the name in the id of a shared value; no topic of entries is called so
_NOTICE = "facts_collected"  # stands in what is said below every answer that nobody has confirmed, and in no text
_UNUSED = date(2100, 1, 1)  # each variant has its own day to be checked by


def is_shared(key: str) -> bool:
    """Whether an id is that of a shared value."""
    return key.startswith(f"{TOPIC}/")


def name_of(key: str) -> str:
    """The name of a shared value, from its id."""
    return key.removeprefix(f"{TOPIC}/")


def holder(content: Content, name: str) -> Entry | None:
    """What holds a shared value: its variants by place and its sources, under its id; None when there is none."""
    if name not in content.values:
        return None
    return Entry(f"{TOPIC}/{name}", "low", _UNUSED, values=content.values[name], sources=content.value_sources.get(name, ()))


def holders(content: Content) -> Mapping[str, Entry]:
    """Every shared value, by its id."""
    found = [holder(content, name) for name in content.values]
    return {item.id: item for item in found if item}


def shows(answer: Answer, name: str) -> bool:
    """Whether people read a value with this answer: in a text of it, or in the notice that nobody has confirmed it."""
    return any(f"{{{name}}}" in text for text in answer.fields().values()) or (
        name == _NOTICE and answer.state == "unconfirmed"
    )


def users(content: Content, name: str) -> list[str]:
    """The entries that show a shared value in any language, sorted."""
    return sorted({entry for (entry, _), answer in content.answers.items() if shows(answer, name)})


def tells_in_danger(name: str) -> bool:
    """Whether people in danger read it before anything else: a mistake there does great harm."""
    return name == "phone_112" or any(f"{{{name}}}" in sentence for sentence, _ in CRISIS.values())
