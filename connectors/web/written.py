"""What a page shows, as plain data for its template: blocks of text, hours, days, a QR code, linked data. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import segno
from babel.dates import format_date, format_skeleton, get_day_names
from markupsafe import Markup

from bot.model import Entry, Reply

# Phone numbers stand between these isolates (bot/values.py); the widget finds them in the same way.
_PHONE = re.compile("\u2066(\\+?\\d[\\d\\s]{1,20})\u2069")
_ITEM = re.compile(r"(?:(\d+)\.|-)\s+(.*)")
_WEEK = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOURS = re.compile(r"((?:(?:Mo|Tu|We|Th|Fr|Sa|Su)[,-]?)+) ((?:\d\d:\d\d-\d\d:\d\d,?\s?)+)")
_SCHEMA = "https://schema.org"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line. `phone` is the number to call when the piece is one."""

    text: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (p) or a list (ul, ol); `start` is the first number of an ol."""

    kind: str
    start: int
    lines: list[tuple[Part, ...]]


def blocks(text: str) -> list[Block]:
    """A text as blocks: lines that begin with "1. " or "- " are lists, the others paragraphs."""
    found: list[Block] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        item = _ITEM.fullmatch(line)
        if item is None:
            found.append(Block("p", 1, [parts(line)]))
            continue
        kind = "ol" if item[1] else "ul"
        if not found or found[-1].kind != kind:
            found.append(Block(kind, int(item[1] or 1), []))
        found[-1].lines.append(parts(item[2]))
    return found


def parts(line: str) -> tuple[Part, ...]:
    """A line cut at its phone numbers."""
    pieces = _PHONE.split(line)  # text, number, text, number, text
    found = (Part(piece, dialled(piece) if at % 2 else "") for at, piece in enumerate(pieces))
    return tuple(part for part in found if part.text)


def dialled(number: str) -> str:
    """A phone number as a tel: link has it."""
    return re.sub(r"[^\d+]", "", number)


def hours(text: str | None, locale: str, always: str) -> str | None:
    """OpenStreetMap hours in a locale (`always` for 24/7); None for forms that this cannot read: a guess would be
    worse than nothing."""
    if text == "24/7":
        return always
    lines = [_HOURS.fullmatch(line.strip()) for line in (text or "").split(";")]
    names = get_day_names("abbreviated", locale=locale)
    named = {code: names[number] for number, code in enumerate(_WEEK)}
    shown = [
        re.sub("[A-Z][a-z]", lambda code: named[code[0]], line[1]).replace("-", "–").replace(",", ", ")
        + " \u2066"
        + re.sub(r",\s*", ", ", line[2].strip()).replace("-", "–")
        + "\u2069"
        for line in lines
        if line
    ]
    return " · ".join(shown) if len(shown) == len(lines) else None


def day(iso: str, locale: str) -> str:
    """An ISO date in a locale, as precise as it is known: 2019, 2019-04 or 2019-04-08."""
    try:
        if len(iso) == 7:
            return format_skeleton("yMMMM", date.fromisoformat(f"{iso}-01"), locale=locale)
        return format_date(date.fromisoformat(iso), "long", locale=locale)
    except ValueError:
        return iso


@lru_cache(512)  # an address takes ten milliseconds
def qr(address: str) -> Markup:
    """The QR code of an address as inline SVG, without inline styles."""
    code = segno.make(address, micro=False)
    return Markup(code.svg_inline(omitsize=True, border=0, svgclass="qr", lineclass=None, dark="#000"))


def linked_data(reply: Reply, entry: Entry, address: str, areas: tuple[str, ...]) -> Iterator[Mapping[str, object]]:
    """An answer for machines (schema.org): always an FAQPage, and a GovernmentService where offices help."""
    whole = [reply.text, *(f"{section['title']}\n{section['text']}" for section in reply.sections)]
    answer = {"@type": "Answer", "text": "\n\n".join(whole), "inLanguage": reply.locale}
    yield {
        "@context": _SCHEMA,
        "@type": "FAQPage",
        "url": address,
        "inLanguage": reply.locale,
        "creativeWorkStatus": reply.state,
        "citation": [source["url"] for source in reply.sources],
        "mainEntity": [{"@type": "Question", "name": reply.title, "acceptedAnswer": answer}],
    }
    if entry.services:
        yield {
            "@context": _SCHEMA,
            "@type": "GovernmentService",
            "name": reply.title,
            "description": reply.text,
            "url": address,
            "areaServed": [{"@type": "AdministrativeArea", "name": area} for area in areas],
            "availableChannel": [
                {"@type": "ServiceChannel", "serviceUrl": service["website"], "serviceLocation": _location(service)}
                for service in reply.services
            ],
        }


def _location(service: Mapping[str, object]) -> Mapping[str, object]:
    where = {"streetAddress": service["address"], "addressLocality": service["city"], "addressCountry": "IT"}
    known = {"name": service["name"], "telephone": service["phone"], "url": service["website"]}
    return {
        "@type": "Place",
        **{name: value for name, value in known.items() if value},
        "address": {"@type": "PostalAddress", **{name: value for name, value in where.items() if value}},
    }
