"""Two texts, word by word: what was taken out, what was put in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.model import SECTIONS

FIELDS = ("title", "answer", *SECTIONS)
# Values, numbers, single ideographs (Chinese puts no spaces), words, and one by one the spaces and signs between them.
_PIECES = re.compile(
    r"\n|[^\S\n]+|\{\w+\}|\d+(?:[.,:]\d+)*|[\u3400-\u9fff]|[^\W\u3400-\u9fff](?:[^\s.,:;!?…\"“”«»()\u3400-\u9fff]*)|[^\w\s]"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; `kind` is same, removed or added."""

    kind: str
    text: str


def difference(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces that lead from `old` to `new`; all of kind same when nothing differs."""
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    pieces: list[Piece] = []
    removed, added = "", ""
    for place, (kind, a, b, c, d) in enumerate(steps):
        same = "".join(before[a:b])
        # A lone space between two changed words is part of one change: one reads words, not patches.
        between = kind == "equal" and same.isspace() and 0 < place < len(steps) - 1
        if kind != "equal" or between:
            removed, added = removed + same, added + "".join(after[c:d])
        if not between and (kind == "equal" or place == len(steps) - 1):
            pieces += [Piece("removed", removed)] if removed else []
            pieces += [Piece("added", added)] if added else []
            removed, added = "", ""
            pieces += [Piece("same", same)] if kind == "equal" else []
    return tuple(pieces)


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, tuple[Piece, ...]]:
    """The fields that differ, in the order in which they are read."""
    return {
        name: difference(old.get(name, ""), new.get(name, ""))
        for name in FIELDS
        if old.get(name, "") != new.get(name, "")
    }
