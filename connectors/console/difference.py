"""Two texts, word by word: what was taken out, what was put in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.model import SECTIONS

FIELDS = ("title", "answer", *SECTIONS)
# Words, single ideographs (Chinese puts no spaces) and the spaces between them.
_PIECES = re.compile(r"\n|[^\S\n]+|[\u3400-\u9fff]|[^\s\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; `kind` is same, removed or added."""

    kind: str
    text: str


def difference(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces that lead from `old` to `new`; all of kind same when nothing differs."""
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    pieces: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(before[a:b])))
            continue
        pieces += [Piece("removed", "".join(before[a:b]))] if b > a else []
        pieces += [Piece("added", "".join(after[c:d]))] if d > c else []
    return tuple(pieces)


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, tuple[Piece, ...]]:
    """The fields that differ, in the order in which they are read."""
    return {
        name: difference(old.get(name, ""), new.get(name, ""))
        for name in FIELDS
        if old.get(name, "") != new.get(name, "")
    }
