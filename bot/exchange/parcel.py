"""What goes to an outside translator, and what a file that comes back would change. Pure: nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.model import SECTIONS, Answer, BussolaError
from bot.rows import text_hash
from bot.sentences import mark
from bot.translating import Translation
from bot.values import PLACEHOLDER

FIELDS = ("title", "answer", *SECTIONS)
TO_DO = ("missing", "changed")
NOTHING = mark("There is nothing to translate in what you chose.")


@dataclass(frozen=True, slots=True)
class Unit:
    """One field of an entry on its way. `version` is the translation that was exported (0: none). `settled`: whoever
    translates says that it is right for this Italian; `draft`: that it is not finished. `then` is the older Italian."""

    entry: str
    field: str
    version: int
    source: str
    target: str = ""
    settled: bool = False
    draft: bool = False
    then: str = ""

    @property
    def name(self) -> str:
        """How files and faults call this unit."""
        return f"{self.entry}#{self.field}"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file's units, all of one locale."""

    locale: str
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a unit does to a field: kind is new, changed or still_right; `behind`: the Italian has changed since the export."""

    unit: Unit
    kind: str
    old: str
    behind: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import does, before it does it. `conflicts` hold the text that somebody published since the export."""

    changes: tuple[Change, ...] = ()
    conflicts: tuple[tuple[Unit, str], ...] = ()
    unfinished: tuple[Unit, ...] = ()
    unknown: tuple[Unit, ...] = ()
    same: int = 0
    broken: tuple[tuple[Unit, tuple[str, ...], tuple[str, ...]], ...] = field(default=())

    def by_entry(self) -> dict[str, list[Change]]:
        """The changes of each entry."""
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.unit.entry, []).append(change)
        return found


class BrokenFile(BussolaError):
    """A file that cannot be read, or not be imported as it is."""


def pack(
    translations: Iterable[Translation],
    locale: str,
    then: Callable[[Translation], Mapping[str, str]],
    only_to_do: bool = False,
) -> Parcel:
    """The units of translations, field by field as people read them; only those that are missing or out of date if asked."""
    units: list[Unit] = []
    for translation in translations:
        states = translation.states()
        old = then(translation) if "changed" in states.values() else {}
        for name in FIELDS:
            state = states.get(name, "own")
            if state in ("own", "removed") or (only_to_do and state not in TO_DO):
                continue
            target = translation.texts.get(name, "")
            units.append(
                Unit(translation.entry, name, translation.version, translation.italian[name], target,
                     settled=state == "current", draft=state == "changed", then=old.get(name, ""))
            )  # fmt: skip
    return Parcel(locale, tuple(units))


def plan(
    parcel: Parcel,
    translations: Mapping[str, Translation],
    exported: Callable[[Unit], Mapping[str, str] | None],
) -> Plan:
    """What a parcel would change. `exported` gives the texts of the version that a unit was exported from, None when it is
    not known here. What changed here since the export is never overwritten: it is a conflict."""
    changes: list[Change] = []
    conflicts: list[tuple[Unit, str]] = []
    unfinished: list[Unit] = []
    unknown: list[Unit] = []
    broken = []
    for unit in parcel.units:
        translation = translations.get(unit.entry)
        if translation is None or unit.field not in FIELDS:
            unknown.append(unit)
            continue
        current = translation.texts.get(unit.field, "")
        base = (exported(unit) or {}).get(unit.field, "")
        if not unit.target or unit.target == current or unit.target == base:
            changes += _still_right(unit, translation, current)
        elif unit.draft:
            unfinished.append(unit)
        elif missing_or_more := _holes(unit, base):
            broken.append((unit, *missing_or_more))
        elif current != base:
            conflicts.append((unit, current))
        else:
            changes.append(Change(unit, "changed" if current else "new", current, _behind(unit, translation)))
    same = len(parcel.units) - len(changes) - len(conflicts) - len(unfinished) - len(unknown) - len(broken)
    return Plan(tuple(changes), tuple(conflicts), tuple(unfinished), tuple(unknown), same, tuple(broken))


def _still_right(unit: Unit, translation: Translation, current: str) -> list[Change]:
    """A text that stays, and that the translator calls right for an Italian which it was not made from."""
    digest = text_hash(unit.source)
    if not unit.settled or not current or unit.target != current or translation.made_from.get(unit.field) == digest:
        return []
    if digest != text_hash(translation.italian.get(unit.field, "")):
        return []
    return [Change(unit, "still_right", current)]


def _behind(unit: Unit, translation: Translation) -> bool:
    return text_hash(unit.source) != text_hash(translation.italian.get(unit.field, ""))


def _holes(unit: Unit, base: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The values that a text lacks and those that it has too many; None when it has those of the Italian (or, where
    a translation places them otherwise, of itself before)."""
    wanted, there = set(PLACEHOLDER.findall(unit.source)), set(PLACEHOLDER.findall(unit.target))
    braces = unit.target.count("{") == unit.target.count("}") == len(PLACEHOLDER.findall(unit.target))
    if braces and (there == wanted or (base and there == set(PLACEHOLDER.findall(base)))):
        return None
    return tuple(sorted(wanted - there)), tuple(sorted(there - wanted))


def merged(translation: Translation, changes: Sequence[Change]) -> tuple[Answer, dict[str, str]]:
    """A translation with changes in it, as an answer that nobody has confirmed (its version is the one it replaces), and
    the hashes of the Italian fields it is then made from."""
    texts = {**translation.texts, **{change.unit.field: change.unit.target for change in changes}}
    made_from = {**translation.made_from, **{change.unit.field: text_hash(change.unit.source) for change in changes}}
    sections = {name: texts[name] for name in SECTIONS if texts.get(name)}
    answer = Answer(translation.entry, translation.locale, texts.get("title", ""), texts.get("answer", ""), sections,
                    version=translation.version)  # fmt: skip
    return answer, made_from


def chosen(
    translations: Mapping[str, Translation], entries: Collection[str], topics: Collection[str]
) -> list[Translation]:
    """The translations of these entries and topics; all of them when none is named."""
    if not entries and not topics:
        return list(translations.values())
    return [item for name, item in translations.items() if name in entries or name.split("/")[0] in topics]
