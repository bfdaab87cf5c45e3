"""The content files, read and written: knowledge_base/ (what we say) and nlu_data/ (how people ask).

Reading never stops at the first fault: it returns what could be read and a list of faults with file and line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot.locales import LOCALES
from bot.model import SECTIONS, Answer, Content, Course, Entry, Example, Fault, Place, Service, Source, Term, Value

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HEADINGS = {name.replace("_", " ").capitalize(): name for name in SECTIONS}
_Record = TypeVar("_Record", Service, Course)
_DURATIONS = ("hours", "days", "weeks", "months", "years")


@dataclass
class _Reading:
    """What has been read so far, and what was wrong with it. `lines` finds a text again for later checks."""

    root: Path
    faults: list[Fault] = field(default_factory=list)
    lines: dict[tuple[str, ...], tuple[str, int]] = field(default_factory=dict)
    _named: tuple[Path | None, str] = (None, "")

    def fault(self, path: Path, line: int, what: str, todo: str) -> None:
        self.faults.append(Fault(self._name(path), line, what, todo))

    def mark(self, path: Path, line: int, *key: str) -> None:
        self.lines[key] = (self._name(path), line)

    def _name(self, path: Path) -> str:
        """A file as people are told of it. Asked for every utterance: the last one is kept."""
        if self._named[0] is not path:
            self._named = (path, str(path.relative_to(self.root)))
        return self._named[1]

    def text(self, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self.fault(path, 1, "the file is missing", "restore it from version control")
        except (OSError, UnicodeDecodeError) as error:
            self.fault(path, 1, f"cannot be read: {error}", "save it as UTF-8 text that this user may read")
        return None

    def yaml(self, path: Path) -> tuple[Any, yaml.Node | None]:
        """The data of a YAML file and its node tree, for line numbers; (None, None) with a fault."""
        text = self.text(path)
        if text is None:
            return None, None
        try:
            return yaml.load(text, Loader=_Loader), yaml.compose(text, Loader=_Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            what = getattr(error, "problem", None) or "it is not valid YAML"
            self.fault(path, mark.line + 1 if mark else 1, f"not valid YAML: {what}", "mend the line named here")
        return None, None


@dataclass(frozen=True)
class Loaded:
    """Content as read from the files, the faults met on the way, and where each text stands."""

    content: Content
    faults: tuple[Fault, ...]
    lines: Mapping[tuple[str, ...], tuple[str, int]]


def load(root: Path) -> Loaded:
    """Reads everything below `root` (the folder that holds knowledge_base/ and nlu_data/)."""
    reading = _Reading(root)
    base = root / "knowledge_base"
    values, value_sources = _shared_values(reading, base / "values.yml")
    entries, answers = _entries(reading, base / "entries")
    examples, patterns = _nlu(reading, root / "nlu_data")
    content = Content(
        entries=entries,
        answers=answers,
        values=values,
        terms=tuple(_terms(reading, base / "glossary.yml")),
        places=tuple(_places(reading, base / "places.yml")),
        services=tuple(_records(reading, base / "services.jsonl", Service)),
        courses=tuple(_records(reading, base / "courses.jsonl", Course)),
        examples=tuple(examples),
        patterns=patterns,
        value_sources=value_sources,
    )
    return Loaded(content, tuple(reading.faults), reading.lines)


# ---- entries ---------------------------------------------------------------------------------------------------------


def _entries(reading: _Reading, folder: Path) -> tuple[dict[str, Entry], dict[tuple[str, str], Answer]]:
    entries: dict[str, Entry] = {}
    answers: dict[tuple[str, str], Answer] = {}
    for path in sorted(folder.glob("*/*")):
        if not path.is_dir():
            continue
        entry = _entry(reading, path / "entry.yml", f"{path.parent.name}/{path.name}")
        if entry is None:
            continue
        entries[entry.id] = entry
        for file in sorted(path.glob("*.md")):
            answer = _answer(reading, file, entry.id)
            if answer:
                answers[entry.id, answer.locale] = answer
    return entries, answers


def _line(node: yaml.Node | None, *keys: str) -> int:
    """The line of a nested key in a node tree, or of its nearest parent."""
    line = 1
    for key in keys:
        found = None
        for name, value in getattr(node, "value", None) or []:
            if getattr(name, "value", None) == key:
                found = (name.start_mark.line + 1, value)
        if found is None:
            return line
        line, node = found
    return line


_ENTRY_KEYS = {"id", "risk", "review_by", "related", "services", "applies_to", "values", "sources"}


def _entry(reading: _Reading, path: Path, expected: str) -> Entry | None:
    data, node = reading.yaml(path)
    if data is None:
        return None
    if not isinstance(data, dict) or data.get("id") != expected:
        reading.fault(path, 1, f"the id is not {expected}", "an entry's id is its folder: topic/name")
        return None
    for key in sorted(set(data) - _ENTRY_KEYS):
        reading.fault(path, _line(node, key), f"unknown key {key!r}", f"use one of {', '.join(sorted(_ENTRY_KEYS))}")
    if not isinstance(data.get("review_by"), date):
        reading.fault(path, _line(node, "review_by"), "review_by is not a date", "write it as 2027-05-31")
        return None
    values: list[Value] = []
    for name, raw in (data.get("values") or {}).items():
        values += _value(reading, path, _line(node, "values", name), name, raw)
        reading.mark(path, _line(node, "values", name), "value", expected, name)
    reading.mark(path, 1, "entry", expected)
    for key in ("risk", "related", "services", "sources"):
        reading.mark(path, _line(node, key), "entry", expected, key)
    return Entry(
        id=expected,
        risk=str(data.get("risk", "")),
        review_by=data["review_by"],
        related=tuple(data.get("related") or ()),
        services=tuple(data.get("services") or ()),
        applies_to=tuple(data.get("applies_to") or ()),
        values=tuple(values),
        sources=tuple(_sources(reading, path, _line(node, "sources"), data.get("sources") or [])),
    )


def _sources(reading: _Reading, path: Path, line: int, raw: list[Any]) -> Iterator[Source]:
    for item in raw:
        if not isinstance(item, dict) or not str(item.get("url", "")).startswith("http") or not item.get("title"):
            todo = "give url (http...) and title (who publishes it)"
            reading.fault(path, line, f"a source without url or title: {item!r}", todo)
            continue
        published = item.get("published")
        if published is not None and not re.fullmatch(r"\d{4}(-\d\d){0,2}", str(published)):
            todo = "write 2019, 2019-04 or 2019-04-08, or leave it out"
            reading.fault(path, line, f"published {published!r} is not a date", todo)
        yield Source(item["url"], item["title"], str(published) if published else None, item.get("checked"))


def _value(reading: _Reading, path: Path, line: int, name: str, raw: Any) -> list[Value]:
    """A value, or its variants by place, from its YAML."""
    if isinstance(raw, list):
        return [value for item in raw for value in _value(reading, path, line, name, item)]
    try:
        return [parse_value(name, raw)]
    except (TypeError, ValueError, ArithmeticError) as error:
        reading.fault(path, line, f"value {name}: {error}", "see the value types in README.md")
        return []


def parse_value(name: str, raw: Any) -> Value:
    """`{money: 30.46, currency: EUR, review_by: 2027-01-31}` as a Value. Raises ValueError saying what is wrong."""
    if not isinstance(raw, dict):
        raise ValueError("is not a mapping such as {money: 30, currency: EUR, review_by: 2027-01-31}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError("the name must be lower case letters, digits and _")
    kinds = [key for key in raw if key in ("money", "number", "date", "phone", *_DURATIONS)]
    if len(kinds) != 1:
        raise ValueError(f"has {len(kinds)} types instead of one")
    kind, amount, unit = kinds[0], raw[kinds[0]], ""
    if kind == "phone":
        amount = str(amount)
        if not re.fullmatch(r"\+?[\d ]{2,20}", amount):
            raise ValueError(f"{amount!r} is not a phone number")
    elif kind == "date":
        if not isinstance(amount, date):
            raise ValueError(f"{amount!r} is not a date like 2027-01-31")
    else:
        amount = Decimal(str(amount))
        unit = str(raw.get("currency", "EUR")) if kind == "money" else kind if kind in _DURATIONS else ""
    review_by = raw.get("review_by")
    if kind != "phone" and not isinstance(review_by, date):
        raise ValueError("has no review_by date")
    kind = "duration" if kind in _DURATIONS else kind
    return Value(name, kind, amount, unit, review_by, raw.get("applies_to"))  # type: ignore[arg-type]


def _shared_values(reading: _Reading, path: Path) -> tuple[dict[str, tuple[Value, ...]], dict[str, tuple[Source, ...]]]:
    """The shared values and their sources, by name. One that has sources is written `{values: ..., sources: [...]}`."""
    data, node = reading.yaml(path)
    values: dict[str, tuple[Value, ...]] = {}
    sources: dict[str, tuple[Source, ...]] = {}
    for name, raw in (data or {}).items():
        line = _line(node, name)
        if isinstance(raw, dict) and "values" in raw:
            sources[name] = tuple(_sources(reading, path, line, raw.get("sources") or []))
            raw = raw["values"]
        if found := tuple(_value(reading, path, line, name, raw)):
            values[name] = found
    return values, sources


def _answer(reading: _Reading, path: Path, entry: str) -> Answer | None:
    locale = path.stem
    if locale not in LOCALES:
        reading.fault(path, 1, f"unknown locale {locale!r}", f"name the file after one of {', '.join(LOCALES)}")
        return None
    text = reading.text(path)
    if text is None:
        return None
    parts: dict[str, list[str]] = {}
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("# "):
            current = "title"
            parts[current] = [line[2:].strip()]
            reading.mark(path, number, "answer", entry, locale, "title")
            current = "answer"
            parts.setdefault(current, [])
            reading.mark(path, number + 2, "answer", entry, locale, "answer")
        elif line.startswith("## "):
            name = _HEADINGS.get(line[3:].strip())
            if name is None or name in parts:
                reading.fault(
                    path,
                    number,
                    f"section {line[3:].strip()!r} is unknown or stands twice",
                    f"use each of {', '.join(_HEADINGS)} once at most",
                )
                return None
            current = name
            parts[current] = []
            reading.mark(path, number + 1, "answer", entry, locale, name)
        elif current:
            parts[current].append(line.rstrip())
        elif line.strip():
            reading.fault(path, number, "text before the title", "begin the file with '# Title'")
            return None
    texts = {name: "\n".join(lines).strip() for name, lines in parts.items()}
    if not texts.get("title") or not texts.get("answer"):
        reading.fault(path, 1, "no title or no answer", "begin with '# Title', an empty line and the answer")
        return None
    for name, value in texts.items():
        if not value:
            reading.fault(
                path,
                reading.lines["answer", entry, locale, name][1],
                f"section {name} is empty",
                "leave out a section that has nothing to say",
            )
    sections = {name: texts[name] for name in SECTIONS if texts.get(name)}
    return Answer(entry, locale, texts["title"], texts["answer"], sections)


# ---- glossary, places, services, courses -----------------------------------------------------------------------------


def _terms(reading: _Reading, path: Path) -> Iterator[Term]:
    data, node = reading.yaml(path)
    for index, item in enumerate(data or []):
        line = node.value[index].start_mark.line + 1 if node is not None else 1
        if not isinstance(item, dict) or not item.get("word") or not isinstance(item.get("explained"), dict):
            reading.fault(path, line, "a term without word or explained", "give word, also and explained")
            continue
        yield Term(str(item["word"]), tuple(map(str, item.get("also") or ())), item["explained"])


def _places(reading: _Reading, path: Path) -> Iterator[Place]:
    data, node = reading.yaml(path)
    for index, item in enumerate(data or []):
        try:
            names = {locale: tuple(map(str, spellings)) for locale, spellings in (item.get("names") or {}).items()}
            yield Place(
                item["id"],
                item["name"],
                item["province"],
                item["region"],
                float(item["lat"]),
                float(item["lon"]),
                item["kind"],
                names,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            line = node.value[index].start_mark.line + 1 if node is not None else 1
            reading.fault(path, line, f"a place that lacks {error}", "give id, name, province, region, lat, lon, kind")


def _records(reading: _Reading, path: Path, kind: type[_Record]) -> Iterator[_Record]:
    names = {item.name for item in fields(kind)}
    for number, line in enumerate((reading.text(path) or "").splitlines(), 1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            raw = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
            yield kind(**{key: value for key, value in raw.items() if key in names and value is not None})
            reading.mark(path, number, kind.__name__.lower(), str(raw["id"]))
        except (TypeError, KeyError, ValueError) as error:
            reading.fault(
                path, number, f"not a {kind.__name__.lower()}: {error}", "one JSON object a line; see README.md"
            )


# ---- nlu_data --------------------------------------------------------------------------------------------------------


def intent_of(name: str) -> str:
    """Rasa's intent name as ours: `legal.permit-renewal` -> `legal/permit-renewal`; acts and dangers stay."""
    return name if name.startswith(("danger.", "ask.")) else name.replace(".", "/")


def _nlu(reading: _Reading, folder: Path) -> tuple[list[Example], dict[str, dict[str, tuple[str, ...]]]]:
    examples: list[Example] = []
    patterns: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in sorted(folder.glob("*.yml")):
        locale = path.stem
        if locale not in LOCALES:
            reading.fault(path, 1, f"unknown locale {locale!r}", f"name the file after one of {', '.join(LOCALES)}")
            continue
        text = reading.text(path)
        try:
            node = yaml.compose(text or "", Loader=_Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reading.fault(path, mark.line + 1 if mark else 1, "not valid YAML", "mend the line named here")
            continue
        blocks = next((value for name, value in getattr(node, "value", None) or [] if name.value == "nlu"), None)
        for block in getattr(blocks, "value", None) or []:
            _block(reading, path, block, examples, patterns.setdefault(locale, {}))
    return examples, patterns


def _block(
    reading: _Reading, path: Path, block: Any, examples: list[Example], patterns: dict[str, tuple[str, ...]]
) -> None:
    keys = {name.value: value for name, value in block.value}
    line = block.start_mark.line + 1
    if "examples" not in keys or not ("intent" in keys or "regex" in keys):
        reading.fault(path, line, "a block without intent (or regex) and examples", "see README.md, nlu_data")
        return
    start = keys["examples"].start_mark.line + 2
    items = []
    for number, raw in enumerate(keys["examples"].value.splitlines(), start):
        if not raw.strip():
            continue
        if not raw.startswith("- "):
            reading.fault(path, number, "an example that does not begin with '- '", "write one '- ' line per example")
            continue
        items.append((number, raw[2:].strip()))
    if "regex" in keys:
        kind = keys["regex"].value.removeprefix("danger.")
        patterns[kind] = patterns.get(kind, ()) + tuple(item for _, item in items)
        return
    intent = intent_of(keys["intent"].value)
    style = "plain"
    if "metadata" in keys:
        style = {name.value: value.value for name, value in keys["metadata"].value}.get("style", "plain")
    locale = path.stem
    for number, item in items:
        reading.mark(path, number, "example", locale, item)
        examples.append(Example(intent, locale, item, style))
