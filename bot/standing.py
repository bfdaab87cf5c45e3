"""How near an entry stands to a question that nobody has learnt to answer with it: it is new, or written elsewhere only.

How near two texts of different languages are says little by itself: to a common entry every question is near. So an
entry is compared with itself, over questions of all kinds, and then with the others of its language (as in retrieval of
translations; Conneau et al. 2018, "hubness").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bot.model import Vectors

_NEAREST = 3  # passages of an entry that count


@dataclass(frozen=True, slots=True)
class Standing:
    """How many standard deviations nearer an entry is to a question than to any, and by how much that is more than what
    the best other entry has."""

    score: float
    lead: float


class Peers:
    """The entries of one language, each measured over questions of all kinds."""

    def __init__(self, passages: Mapping[str, Vectors], asked: Vectors) -> None:
        """`passages` are the unit vectors of each entry's passages, and `asked` those of the questions, as rows."""
        self._passages = passages
        usual = np.array([_near(rows @ asked.T) for rows in passages.values()]).reshape(len(passages), len(asked))
        self._mean, self._spread = usual.mean(axis=1), np.maximum(usual.std(axis=1), 1e-3)

    def scores(self, query: Vectors) -> dict[str, float]:
        """Of each entry, how many standard deviations nearer it is to `query` than to any question."""
        near = np.array([float(_near(rows @ query)) for rows in self._passages.values()])
        return dict(zip(self._passages, ((near - self._mean) / self._spread).tolist(), strict=True))


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
