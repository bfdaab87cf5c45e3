"""Where a message can be cut: into clauses, and into parts that may each ask for something."""

from __future__ import annotations

import re

from bot.text import normal

_ENDS = re.compile(r"(?<=[.!?؟。！？।።፧\n,،、，;—–])\s*")
_LEAST, _MOST_WORDS, _DOUBLE = 12, 25, 10  # letters and words of a part, and words of what may be two questions
_MOST_PARTS = 40  # each takes some milliseconds to understand


def clauses(text: str) -> list[str]:
    """What stands between the stops of a text, commas among them."""
    return [clause for clause in _ENDS.split(text) if normal(clause)]


def parts(text: str) -> list[str]:
    """The clauses of a text; what is too short to ask for something stays with what comes before, what goes on without a
    stop is cut (into at most _MOST_PARTS), and so is a single clause of some length: two questions may be joined by a mere "and"."""
    found: list[str] = []
    for clause in clauses(text):
        for part in _cut(clause):
            if found and min(len(normal(found[-1])), len(normal(part))) < _LEAST:
                found[-1] += f" {part}"
            else:
                found.append(part)
    if len(found) > _MOST_PARTS:
        step = -(-len(found) // _MOST_PARTS)
        return [" ".join(found[at : at + step]) for at in range(0, len(found), step)]
    words = text.split()
    if len(found) == 1 and len(words) >= _DOUBLE:
        return [" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])]
    return found


def _cut(clause: str) -> list[str]:
    """Pieces of at most _MOST_WORDS words, or of twice as many letters of a script without spaces."""
    words = clause.split()
    if len(words) < 3 and len(clause) > 3 * _MOST_WORDS:
        return [clause[at : at + 2 * _MOST_WORDS] for at in range(0, len(clause), 2 * _MOST_WORDS)]
    return [" ".join(words[at : at + _MOST_WORDS]) for at in range(0, len(words), _MOST_WORDS)]
