"""A reply as Telegram messages: escaped HTML under Telegram's size, rows of buttons, payloads of at most 64 bytes. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bot.desk import WIDGET
from bot.model import SECTIONS, Button, Content, Reply

Say = Callable[..., str]
_MOST = 4000  # Telegram refuses more than 4,096 UTF-16 units; counting the markup too leaves a margin
_TITLE = 300  # letters; a title can never push its text out of the message
_PAYLOAD = 64  # bytes that Telegram allows in a button
_ROW = 36  # letters that fit beside each other on a cheap phone
TOPICS, LANGUAGE = "/topics", "/language"  # buttons of this door alone: from one menu to another


@dataclass(frozen=True, slots=True)
class Message:
    """One message to send: HTML, and the rows of its inline keyboard."""

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()


def messages(reply: Reply, say: Say) -> list[Message]:
    """`reply` as one message, or as several cut between its sections; the buttons are under the last."""
    texts: list[str] = []
    for gap, block in _blocks(reply, say):
        if texts and _size(texts[-1]) + len(gap) + _size(block) <= _MOST:
            texts[-1] += gap + block
        else:
            texts.append(block)
    texts = texts or ["…"]
    return [
        *(Message(text) for text in texts[:-1]),
        Message(texts[-1], rows([*reply.buttons, *_navigation(reply, say)])),
    ]


def is_menu(payloads: Iterable[str]) -> bool:
    """Whether a message with these buttons is a menu, which the next reply may replace. Answers, offices and
    emergency numbers are no menus: they stay where the person can read them again."""
    return any(payload in (TOPICS, LANGUAGE, "/delete") for payload in payloads)


def _navigation(reply: Reply, say: Say) -> tuple[Button, ...]:
    if reply.kind not in ("small_talk", "clarify") or reply.services:
        return ()
    names = {button.payload.split(" ")[0] for button in reply.buttons}
    if "/topic" in names:
        return (Button(say(WIDGET["language"]), LANGUAGE),)
    return (Button(say(WIDGET["topics"]), TOPICS),) if names & {"/entry", "/locale"} else ()


# ---- texts -----------------------------------------------------------------------------------------------------------


def _blocks(reply: Reply, say: Say) -> Iterator[tuple[str, str]]:
    """Pieces of HTML that stay whole, each with what stands between it and the piece before."""
    yield from _titled("" if reply.text.startswith(reply.title) else reply.title, reply.text)
    for section in reply.sections:
        yield from _titled(str(section["title"]), str(section["text"]))
    for number, service in enumerate(reply.services):
        head = f"<b>{escape(say(WIDGET['offices']))}</b>\n\n" if number == 0 else ""
        yield "\n\n", head + _office(service, say)
    for notice in reply.notices:
        yield "\n\n", f"<i>{escape(notice)}</i>"
    for number, source in enumerate(reply.sources):
        head = f"<b>{escape(say(WIDGET['sources']))}</b>\n" if number == 0 else ""
        yield ("\n" if number else "\n\n"), head + _source(source, say)


def _titled(title: str, text: str) -> Iterator[tuple[str, str]]:
    head = f"<b>{escape(title[:_TITLE])}</b>\n" if title else ""
    for number, piece in enumerate(_pieces(text, _MOST - _size(head))):
        yield ("\n\n" if number == 0 else "\n"), (head if number == 0 else "") + escape(piece)


def _pieces(text: str, most: int) -> Iterator[str]:
    """`text` cut at line ends, else at spaces, else anywhere, so that each piece has at most `most` units when escaped."""
    while _size(escape(text)) > most:
        used, end = 0, 0
        while used + (cost := _size(escape(text[end]))) <= most:
            used, end = used + cost, end + 1
        cut = max(text.rfind("\n", 1, end), 0) or max(text.rfind(" ", 1, end), 0) or end
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _office(service: Mapping[str, object], say: Say) -> str:
    # Each line is an isolate: names and addresses are Italian, and the lines around them may run from right to left.
    lines = [f"<b>{escape(str(service['name']))}</b>"]
    lines.append(_isolated(", ".join(str(service[key]) for key in ("address", "city") if service.get(key))))
    lines.append(_isolated(str(service.get("phone") or "")))
    facts = [say(WIDGET["about_km"], km=str(service["about_km"]))] if service.get("about_km") else []
    if service.get("open_now") is not None:
        facts.append(say(WIDGET["open_now" if service["open_now"] else "closed_now"]))
    lines.append(escape(" · ".join(facts)))
    lines.append(f"<i>{escape(str(service['note']))}</i>" if service.get("note") else "")
    return "\n".join(line for line in lines if line)


def _source(source: Mapping[str, object], say: Say) -> str:
    url, title = str(source["url"]), escape(str(source["title"]))
    name = f'<a href="{escape(url)}">{title}</a>' if url.startswith(("https://", "http://")) else title
    return f"{name} ({escape(str(source.get('published') or say(WIDGET['undated'])))})"


def _isolated(text: str) -> str:
    return f"\u2066{escape(text)}\u2069" if text else ""


def _size(text: str) -> int:
    """How long Telegram finds a text: it counts UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


# ---- buttons ---------------------------------------------------------------------------------------------------------


def rows(buttons: Sequence[Button]) -> tuple[tuple[Button, ...], ...]:
    """Short titles side by side (at most three), a long one in a row of its own."""
    found: list[list[Button]] = []
    for button in buttons:
        row = [*found[-1], button] if found else []
        if 0 < len(row) <= 3 and max(len(item.title) for item in row) * len(row) <= _ROW:
            found[-1] = row
        else:
            found.append([button])
    return tuple(map(tuple, found))


def packed(payload: str) -> str:
    """`payload` itself when Telegram can carry it, else a mark by which `unpacked` finds it again."""
    return payload if len(payload.encode()) <= _PAYLOAD else "#" + hashlib.sha256(payload.encode()).hexdigest()[:40]


def unpacked(data: str, content: Content) -> str:
    """The payload of a pressed button. Nothing is kept for this: a mark is looked for among all payloads there can be."""
    return (
        next((payload for payload in _payloads(content) if packed(payload) == data), data)
        if data.startswith("#")
        else data
    )


def _payloads(content: Content) -> Iterator[str]:
    for entry in content.entries:
        yield f"/entry {entry}"
        yield from (f"/section {entry} {section}" for section in SECTIONS)
    yield from (f"/place {place.id}" for place in content.places)
