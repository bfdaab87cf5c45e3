"""An entry's own data (values, sources, risk and the like): as lines to compare, whom a change reaches, and what somebody's
form begins with while others publish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from babel.dates import format_date

from bot.copies import OWN, Copies, WorkingCopy, own_copy, with_newest_checks
from bot.desk import Desk
from bot.locales import LOCALES
from bot.model import Content, Entry, Value
from bot.shared import holders, shows
from connectors.console import words
from connectors.console.difference import Piece, difference
from connectors.console.front import Account, Form

Changes = Mapping[str, Sequence[Piece]]
_FIELDS = ("risk", "review_by", "related", "services", "sources")


@dataclass(frozen=True, slots=True)
class Revalued:
    """A value that changes, and how it is read before and after in each locale whose text uses it."""

    name: str
    applies_to: str | None
    shown: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Clash:
    """Two changes of the same data: a sentence that says so, what `theirs` changed, and what `mine` would change now."""

    said: str
    theirs: Changes
    mine: Changes


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody's form begins with: `entry` (their working copy, on top of what is published), what is published
    `now` and its version, their copy's number (0: none), and the `base` that the copy began from if that is older."""

    entry: Entry
    now: Entry
    version: int
    number: int = 0
    base: Entry | None = None


def key(value: Value) -> str:
    """What a value's fields are called in a form: its name, and where it holds if not everywhere."""
    return f"{value.name}.{value.applies_to or ''}"


def touched(entry: Entry, values: Iterable[Value]) -> tuple[str, ...]:
    """The regions and places that these values hold in; none when one of them holds everywhere."""
    areas = [(value.applies_to,) if value.applies_to else entry.applies_to for value in values]
    return tuple(sorted({area for some in areas for area in some})) if all(areas) else ()


def reach(old: Entry, new: Entry) -> tuple[str, ...]:
    """The regions and places that a change reaches; none for everywhere. A value reaches where it holds, all else
    wherever the entry does."""
    changed = [value for value in (*old.values, *new.values) if value not in old.values or value not in new.values]
    if changed and replace(old, values=new.values) == new:
        return touched(old, changed)
    return tuple(sorted({*old.applies_to, *new.applies_to})) if old.applies_to and new.applies_to else ()


def concerns(account: Account, copy: WorkingCopy, content: Content) -> bool:
    """Whether what a working copy would change lies within somebody's limits: they may be the second person."""
    entry = content.entries.get(copy.entry) or holders(content).get(copy.entry)
    if copy.locale == OWN:
        mine = copy.changed_entry()
        return account.within(None, reach(entry or mine, mine))
    return account.within(copy.locale, entry.applies_to if entry else ())


def rebased(base: Entry, theirs: Entry, mine: Entry) -> Entry:
    """What `mine` changes of `base`, on top of `theirs`; each value (for each place) by itself."""
    chosen = {name: getattr(theirs if getattr(mine, name) == getattr(base, name) else mine, name) for name in _FIELDS}
    before, own = ({key(value): value for value in entry.values} for entry in (base, mine))
    values = tuple(
        own[key(value)] if key(value) in own and own[key(value)] != before.get(key(value)) else value
        for value in theirs.values
        if key(value) in own or value != before.get(key(value))  # what `mine` has taken away
    )
    there = {key(value) for value in theirs.values}
    values += tuple(value for name, value in own.items() if name not in before and name not in there)
    chosen["sources"] = with_newest_checks(chosen["sources"], theirs.sources)
    return replace(theirs, **chosen, values=values)


def lines(desk: Desk, entry: Entry, reader: str) -> dict[str, str]:
    """An entry's own data as lines that can be compared, by the sentence that names them."""
    say, known = desk.compose.phrases.get, desk.compose.content.entries

    def line(*parts: str | None) -> str:
        # Each part runs in its own direction, whatever stands around it.
        return " · ".join(f"\u2068{part}\u2069" for part in parts if part)

    def day(on: date | None) -> str:
        return format_date(on, "long", locale=reader) if on else ""

    return {
        words.RISK: say(reader, words.RISKS[entry.risk]),
        words.REVIEW_DAY: day(entry.review_by),
        words.VALUES: "\n".join(
            line(f"{{{item.name}}}", desk.shown(item, reader), item.applies_to, day(item.review_by))
            for item in entry.values
        ),
        words.SOURCES: "\n".join(line(item.title, item.url, item.published) for item in entry.sources),
        words.RELATED: "\n".join(desk.compose.title(name, reader) if name in known else name for name in entry.related),
        words.OFFICES: "\n".join(line(name.replace("-", " ")) for name in entry.services),
    }


def changes(desk: Desk, old: Entry, new: Entry, reader: str) -> Changes:
    """What changes of an entry's own data; the lines of a list that stay as they are are left out."""
    before, after = (lines(desk, entry, reader) for entry in (old, new))
    return {
        name: difference(*_apart(before[name], after[name]))
        if name not in (words.RISK, words.REVIEW_DAY)
        else (Piece("removed", before[name]), Piece("added", after[name]))
        for name in after
        if before[name] != after[name]
    }


def _apart(before: str, after: str) -> tuple[str, str]:
    """The lines that only one of two lists has; both as they are when nothing but the order differs."""
    old, new = before.split("\n"), after.split("\n")
    pair = "\n".join(line for line in old if line not in new), "\n".join(line for line in new if line not in old)
    return pair if any(pair) else (before, after)


def revalued(desk: Desk, old: Entry, new: Entry, users: Sequence[str]) -> list[Revalued]:
    """The values that people would read otherwise in the texts of `users` (entries), with every locale in which they
    stand. A place without a value of its own has the one for everywhere."""
    before, after = ({key(value): value for value in entry.values} for entry in (old, new))
    answers = desk.compose.content.answers
    found = []
    for name in {**before, **after}:
        general = f"{name.partition('.')[0]}."
        then, now = (values.get(name, values.get(general)) for values in (before, after))
        if then is not None and now is not None and (then.amount, then.unit) != (now.amount, now.unit):
            place = (before.get(name) or now).applies_to
            tags = [
                tag
                for tag in LOCALES
                if any(shows(answers[user, tag], now.name) for user in users if (user, tag) in answers)
            ]
            found.append(Revalued(now.name, place, {tag: (desk.shown(then, tag), desk.shown(now, tag)) for tag in tags}))
    return found


class OwnData:
    """Reads and keeps what somebody writes of an entry's own data."""

    def __init__(self, desk: Desk, copies: Copies) -> None:
        self._desk, self._copies = desk, copies

    def standing(self, entry: Entry, author: str) -> Standing:
        """What a form begins with. What others published since the working copy began is in it already."""
        editions = self._copies.editions(entry.id)
        now, version = (editions[0].entry, editions[0].version) if editions else (entry, 0)
        own = self._copies.find(entry.id, OWN, author)
        if own is None:
            return Standing(now, now, version)
        if own.base_version == version:
            return Standing(own.changed_entry(), now, version, own.number)
        base = next((edition.entry for edition in editions if edition.version == own.base_version), now)
        return Standing(rebased(base, now, own.changed_entry()), now, version, own.number, base)

    def clash(self, standing: Standing, reader: str, posted: Form | None = None, mine: Entry | None = None) -> Clash | None:  # fmt: skip
        """What two people (or two tabs of one) changed; None when what is shown or `posted` began from what stands."""
        if posted is None or mine is None:
            if standing.base is None:
                return None
            return Clash(words.CONFLICT, changes(self._desk, standing.base, standing.now, reader),
                         changes(self._desk, standing.now, standing.entry, reader))  # fmt: skip
        older = posted.get("base_version") != str(standing.version)
        if not older and posted.get("number", str(standing.number)) == str(standing.number):
            return None
        editions = self._copies.editions(standing.now.id)
        began = (item.entry for item in editions if str(item.version) == posted.get("base_version"))
        return Clash(words.CONFLICT if older else words.ELSEWHERE,
                     changes(self._desk, next(began, standing.now), standing.entry, reader),
                     changes(self._desk, standing.entry, mine, reader))  # fmt: skip

    def keep(self, standing: Standing, entry: Entry, author: str, note: str = "") -> None:
        """Keeps it as a working copy. Raises Elsewhere when another tab was faster."""
        self._copies.save(own_copy(entry, author, standing.version, note, standing.number))

    def leave(self, entry: str, author: str) -> None:
        """Throws a working copy away that says what is published."""
        self._copies.discard(entry, OWN, author)
