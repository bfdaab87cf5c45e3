"""What `bussola check` knows: rules on content that has been read. Each rule yields faults with file and line."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.locales import LOCALES, SOURCE, scripts
from bot.model import ACTS, DANGERS, FOLLOW_UPS, OUT_OF_SCOPE, RISKS, TOPICS, Answer, Content, Fault, Value

Lines = Mapping[tuple[str, ...], tuple[str, int]]
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
_NUMBER = re.compile(r"[\w.,/-]*\d[\w.,/-]*")
_DIGIT = re.compile(r"\d")
_PAPER = re.compile(r"[A-Z]+[-/]?\d+")  # A2, B1, C3: names of papers and levels, not numbers
MOST_WORDS, MOST_TITLE, MOST_TEXT = 60, 80, 3600


def check(content: Content, lines: Lines, render: Callable[[Value, str], str]) -> list[Fault]:
    """All faults of content that was read without fault. `render` formats a value in a locale (bot.values.render)."""
    rules = (_entries, _answers, _placeholders, _values, _patterns, _examples, _directory)
    return [fault for rule in rules for fault in rule(content, lines, render)]


def _fault(lines: Lines, key: tuple[str, ...], what: str, todo: str, below: int = 0) -> Fault:
    """A fault at the place that was noted for `key`, `below` lines further down."""
    file, line = lines.get(key, ("/".join(key[:3]), 1))
    return Fault(file, line + below, what, todo)


def _entries(content: Content, lines: Lines, _: object) -> Iterator[Fault]:
    types = {service.type for service in content.services}
    known = set(content.entries) | {example.intent for example in content.examples}
    regions = {place.region for place in content.places} | {place.id for place in content.places}
    for entry in content.entries.values():
        key = ("entry", entry.id)
        if entry.topic not in TOPICS:
            yield _fault(lines, key, f"unknown topic {entry.topic!r}", f"use one of {', '.join(TOPICS)}")
        if entry.risk not in RISKS:
            yield _fault(lines, (*key, "risk"), f"risk is {entry.risk!r}", f"use one of {', '.join(RISKS)}")
        if not entry.sources:
            yield _fault(lines, (*key, "sources"), "no source", "name at least one page that supports the entry")
        for other in entry.related:
            if other not in known:
                yield _fault(lines, (*key, "related"), f"related entry {other} does not exist", "mend or remove the id")
        for kind in entry.services:
            if kind not in types:
                yield _fault(
                    lines,
                    (*key, "services"),
                    f"no service has the type {kind!r}",
                    f"use one of {', '.join(sorted(types))}",
                )
        for area in (*entry.applies_to, *(value.applies_to for value in entry.values)):
            if area and area not in regions:
                yield _fault(lines, key, f"applies_to {area!r} is no region and no place", "use an id of places.yml")
        if (entry.id, SOURCE) not in content.answers:
            yield _fault(lines, key, f"no {SOURCE}.md", "every entry begins in Italian")


def _answers(content: Content, lines: Lines, _: object) -> Iterator[Fault]:
    seen: dict[str, tuple[str, str]] = {}
    for answer in content.answers.values():
        key = ("answer", answer.entry, answer.locale)
        words = count_words(answer)
        if words > MOST_WORDS:
            yield _fault(lines, (*key, "answer"), f"the answer has {words} words", f"at most {MOST_WORDS}")
        if len(answer.title) > MOST_TITLE:
            yield _fault(
                lines,
                (*key, "title"),
                f"the title has {len(answer.title)} characters",
                f"at most {MOST_TITLE}, it becomes a button",
            )
        size = sum(map(len, answer.fields().values()))
        if size > MOST_TEXT:
            yield _fault(lines, (*key, "title"), f"{size} characters in all", f"at most {MOST_TEXT}: one message")
        for name, text in answer.fields().items():
            yield from _text_faults(lines, (*key, name), answer.locale, text)
            other = seen.setdefault(text, (answer.entry, answer.locale))
            if other[1] != answer.locale and len(text) > 40:
                yield _fault(lines, (*key, name), f"the same text stands in {other[1]}", "translate it")


def count_words(answer: Answer) -> int:
    """Words of the answer proper; Chinese has about 1.7 characters a word."""
    text = _PLACEHOLDER.sub("x", answer.answer)
    if LOCALES[answer.locale].script == "Hans":
        return round(scripts(text).get("Hans", 0) / 1.7)
    return len(text.split())


def _text_faults(lines: Lines, key: tuple[str, ...], locale: str, text: str) -> Iterator[Fault]:
    for found in text_faults(locale, text):
        yield _fault(lines, key, *_SAID[found.kind](found, locale), found.below)


@dataclass(frozen=True, slots=True)
class TextFault:
    """What is wrong with one field of an answer: kind is number, left_over, markup, script or letters; `what` the words
    that show it, `below` the lines before it."""

    kind: str
    what: str = ""
    below: int = 0


_SAID: Mapping[str, Callable[[TextFault, str], tuple[str, str]]] = {
    "number": lambda found, _: (f"the number {found.what!r} stands in the text", "make it a value and write {name}"),
    "left_over": lambda found, locale: (f"the text reads like {found.what}", f"write it in {locale}"),
    "markup": lambda found, _: ("markup in the text", "plain sentences and lists only"),
    "script": lambda found, locale: (
        f"only {found.what} letters are in the script of {locale}",
        "write it in that language; Italian words go in brackets",
    ),
    "letters": lambda found, locale: (f"letters of another script in {locale}", "write it in that language"),
}


def text_faults(locale: str, text: str) -> Iterator[TextFault]:
    """What keeps a text from being read by people of a locale: numbers that should be values, another language left over,
    markup, another script."""
    bare = re.sub(r"^\d+\.\s", "", _BRACKETS.sub(" ", _PLACEHOLDER.sub(" ", text)), flags=re.M)
    for below, line in enumerate(bare.splitlines() if _DIGIT.search(bare) else ()):
        for token in _NUMBER.findall(line):
            if not _PAPER.search(token):
                yield TextFault("number", token, below)
    if left := _left_over(locale, bare):
        yield TextFault("left_over", f"{left[0]}: {', '.join(left[1])}")
    for below, line in enumerate(text.splitlines()):
        if re.search(r"[*_`]{2}|\[[^\]]*\]\(|<[a-z/]", line):
            yield TextFault("markup", "", below)
    counts = scripts(bare)
    wanted = LOCALES[locale].script
    total = sum(counts.values())
    if total and wanted != "Latn" and counts.get(wanted, 0) < 0.6 * total:
        yield TextFault("script", f"{counts.get(wanted, 0)}/{total}")
    if wanted == "Latn" and total and counts.get("Latn", 0) < 0.9 * total:
        yield TextFault("letters")


# Words that stand in nearly every longer text of one language and in none of the others that have its script.
_TELLING = {
    "en": {"the", "and", "you", "your", "with", "have", "this", "that", "from", "they"},
    "it": {"della", "degli", "delle", "nella", "gli", "questo", "questa", "anche", "può", "deve", "sono"},
}


def _left_over(locale: str, text: str) -> tuple[str, list[str]] | None:
    """The language (Italian or English) in which a text of another locale was left, with the words that show it."""
    words = set(re.findall(r"\w+", text.casefold()))
    for language, telling in _TELLING.items():
        if language != locale and LOCALES[locale].script == "Latn" and len(words & telling) >= 3:
            return language, sorted(words & telling)
    return None


def _placeholders(content: Content, lines: Lines, _: object) -> Iterator[Fault]:
    for answer in content.answers.values():
        entry = content.entries[answer.entry]
        known = {value.name for value in entry.values} | set(content.values)
        used = names(answer)
        for name in sorted(used - known):
            field, below = _where(answer, name)
            key = ("answer", answer.entry, answer.locale, field)
            todo = "define it in entry.yml or knowledge_base/values.yml"
            yield _fault(lines, key, f"value {{{name}}} is not defined", todo, below)
        source = content.answers.get((answer.entry, SOURCE))
        if source and answer.locale != SOURCE and used != names(source):
            missing, more = sorted(names(source) - used), sorted(used - names(source))
            yield _fault(
                lines,
                ("answer", answer.entry, answer.locale, "title"),
                f"values differ from {SOURCE}.md: missing {missing}, more {more}",
                "say the same things in every locale",
            )


def names(answer: Answer) -> set[str]:
    """The values that an answer uses."""
    return {name for text in answer.fields().values() for name in _PLACEHOLDER.findall(text)}


def _where(answer: Answer, name: str) -> tuple[str, int]:
    """The field that uses a value, and how many lines below its beginning."""
    field, text = next((field, text) for field, text in answer.fields().items() if f"{{{name}}}" in text)
    return field, text[: text.index(f"{{{name}}}")].count("\n")


def _values(content: Content, lines: Lines, render: Callable[[Value, str], str]) -> Iterator[Fault]:
    used: dict[str, set[str]] = {}
    for answer in content.answers.values():
        used.setdefault(answer.entry, set()).update(names(answer))
    for entry in content.entries.values():
        for value in entry.values:
            key = ("value", entry.id, value.name)
            if value.name in content.values:
                yield _fault(lines, key, f"value {value.name} is a shared value", "remove it: values.yml has it")
            if value.name not in used.get(entry.id, set()):
                yield _fault(lines, key, f"value {value.name} is never used", "use it in the text or remove it")
            for locale in LOCALES:
                try:
                    if not render(value, locale).strip():
                        raise ValueError("renders as nothing")
                except Exception as error:  # whatever Babel raises is a fault of this value in this locale
                    yield _fault(lines, key, f"value {value.name} in {locale}: {error}", "choose another type")


def _patterns(content: Content, lines: Lines, _: object) -> Iterator[Fault]:
    for locale, kinds in content.patterns.items():
        for kind, items in kinds.items():
            if kind not in DANGERS:
                yield Fault(f"nlu_data/{locale}.yml", 1, f"unknown danger {kind!r}", f"use {', '.join(DANGERS)}")
            for item in items:
                try:
                    re.compile(item)
                except re.error as error:
                    yield Fault(f"nlu_data/{locale}.yml", 1, f"regex {item!r}: {error}", "mend the expression")


def _examples(content: Content, lines: Lines, _: object) -> Iterator[Fault]:
    fixed = {*ACTS, *FOLLOW_UPS, *(f"danger.{kind}" for kind in DANGERS), OUT_OF_SCOPE}
    seen: dict[tuple[str, str], str] = {}
    for example in content.examples:
        key = ("example", example.locale, example.text)
        topic = example.intent.split("/")[0]
        if example.intent not in fixed and not ("/" in example.intent and topic in TOPICS):
            yield _fault(lines, key, f"unknown intent {example.intent!r}", "use an entry id with a dot, or an act")
        if set(example.text) & set("[](){}"):
            yield _fault(lines, key, f"brackets in {example.text[:40]!r}", "remove them: Rasa reads them as entities")
        other = seen.setdefault((example.locale, fold(example.text)), example.intent)
        if other != example.intent:
            yield _fault(lines, key, f"{example.text[:60]!r} also stands under {other}", "keep it under one intent")


def fold(text: str) -> str:
    """A text as two people would call it the same: compatibility form, no case, no punctuation."""
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _directory(content: Content, lines: Lines, _: object) -> Iterator[Fault]:
    names = {place.name for place in content.places}
    for what, ids in (
        ("place", [item.id for item in content.places]),
        ("service", [item.id for item in content.services]),
        ("course", [item.id for item in content.courses]),
    ):
        for name, count in Counter(ids).items():
            if count > 1:
                yield _fault(lines, (what, name), f"{what} {name} stands {count} times", "ids are unique")
    for service in content.services:
        if service.city and service.city not in names:
            yield _fault(
                lines, ("service", service.id), f"{service.city!r} is not in places.yml", "use a name from there"
            )
