"""How near an entry stands to a question that nobody has learnt to answer with it: it is new, or written elsewhere only.

How near two texts of different languages are says little by itself: to a common entry every question is near. So an
entry is compared with itself, over questions of all kinds, and then with the others of its language (as in retrieval of
translations; Conneau et al. 2018, "hubness").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bot.model import Vectors

_NEAREST = 3  # passages of an entry that count
_EVEN = 0.02  # no entry is nearer to some questions than to others by less


@dataclass(frozen=True, slots=True)
class Standing:
    """How many standard deviations nearer an entry is to a question than to any, and by how much that is more than what
    the best other entry has."""

    score: float
    lead: float


class Peers:
    """Some entries, each measured over questions of all kinds."""

    def __init__(self, usual: Mapping[str, Vectors]) -> None:
        """`usual` are, of each entry, the cosines of its passages (rows) with those questions (columns)."""
        measured = {name: _near(cosines) for name, cosines in usual.items()}
        self._usual = {
            name: (float(near.mean()), max(float(near.std()), _EVEN)) if near.size else (0.0, math.inf)
            for name, near in measured.items()
        }

    def scores(self, cosines: Mapping[str, Vectors]) -> dict[str, float]:
        """Of each entry, how many standard deviations nearer it is than to any question; `cosines` are those of its
        passages with the question that is asked."""
        return {name: (float(_near(cosines[name])) - mean) / spread for name, (mean, spread) in self._usual.items()}


@dataclass(frozen=True, slots=True)
class Written:
    """Texts of an entry that are not published, as they are compared: by unit vectors as rows, and by the n-grams of each
    and what they weigh. `measured` gives both measures of the entry; it takes a moment, once."""

    locale: str
    vectors: Vectors
    letters: tuple[Mapping[int, float], ...]
    measured: Callable[[], tuple[Peers, Peers]]


def both(meant: float, spelt: float) -> float:
    """One score by meaning and letters, of about the same spread as each."""
    return (meant + spelt) / math.sqrt(2)


def standings(own: Mapping[str, float], others: Mapping[str, float]) -> dict[str, Standing]:
    """The Standing of each of `own`, beside the rest of them and `others`; scores are those of Peers."""
    best = sorted({**others, **own}.items(), key=lambda item: -item[1])[:2]
    return {
        name: Standing(score, score - next((value for other, value in best if other != name), 0.0))
        for name, score in own.items()
    }


def _near(cosines: Vectors) -> Vectors:
    """The mean of the largest cosines of each column."""
    nearest: Vectors = np.sort(cosines, axis=0)[-_NEAREST:].mean(axis=0)
    return nearest
