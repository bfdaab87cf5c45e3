"""Questions that were asked in vain: grouped by meaning across languages, made into utterances, or forgotten."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import Connection, delete, select

from bot import tables as t
from bot.model import Example, Vectors
from bot.rows import put_examples, sync_passages, write_audit
from bot.text import normal

MOST = 1000  # the newest questions are grouped; comparing all with all grows with the square
_APART = 0.6  # cosine distance: of 400 questions in 24 languages, no two of different entries were together


class Database(Protocol):
    """What questions asked in vain need of the store."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that commits at the end, or not at all."""

    def next_revision(self, connection: Connection) -> int:
        """The revision that the transaction makes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was not answered, or whose answer did not help. Personal data is out of it."""

    id: int
    day: date
    locale: str
    place: str | None
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that mean the same; the first is the one that stands for all."""

    questions: tuple[Asked, ...]

    @property
    def locales(self) -> Mapping[str, int]:
        """How often in each locale, most often first."""
        return dict(Counter(item.locale for item in self.questions).most_common())

    @property
    def places(self) -> Mapping[str, int]:
        """How often in each place that is known, most often first."""
        return dict(Counter(item.place for item in self.questions if item.place).most_common())


class Unanswered:
    """The questions asked in vain, and the utterances that they become."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def newest(self, mine: Callable[[str, str | None], bool] = lambda locale, place: True) -> tuple[list[Asked], int]:
        """The newest questions (at most MOST), and how many there are: of those that are `mine` by locale and place."""
        with self._store.transaction() as connection:
            rows = connection.execute(select(t.unanswered).order_by(t.unanswered.c.id.desc())).all()
        found = [row for row in rows if mine(row.locale, row.place)]
        return [Asked(*row) for row in found[:MOST]], len(found)

    def utterances(self, entry: str) -> list[Example]:
        """How people ask for an entry, in every locale."""
        query = select(t.example).where(t.example.c.intent == entry).order_by(t.example.c.id)
        with self._store.transaction() as connection:
            return [Example(row.intent, row.locale, row.text, row.style) for row in connection.execute(query)]

    def forget(self, ids: Collection[int], account: str) -> None:
        """Deletes questions for good."""
        with self._store.transaction() as connection:
            done = connection.execute(delete(t.unanswered).where(t.unanswered.c.id.in_(ids)))
            write_audit(connection, account, "forget questions", None, None, str(done.rowcount))

    def add(self, examples: Sequence[Example], account: str, answered: Collection[int] = ()) -> int:
        """Adds utterances to entries in one transaction, with their passages, so that they are found at once; ones that
        are there stay. The questions `answered` are no longer asked in vain. Returns the new revision. Raises
        BussolaError for a text that is empty or has no letters."""
        with self._store.transaction() as connection:
            revision = self._store.next_revision(connection)
            put_examples(connection, examples, account)
            for entry in sorted({item.intent for item in examples}):
                sync_passages(connection, revision, entry)
            if answered:
                connection.execute(delete(t.unanswered).where(t.unanswered.c.id.in_(answered)))
        return revision


def groups(asked: Sequence[Asked], vectors: Callable[[Sequence[str]], Vectors]) -> list[Group]:
    """Questions that mean the same together, the largest groups first. `vectors` gives unit vectors of texts as rows;
    without columns (the encoder is away) only equal words are the same."""
    texts: dict[str, list[Asked]] = defaultdict(list)
    for item in asked:
        texts[normal(item.text)].append(item)
    if not texts:
        return []
    distinct = list(texts)
    table = vectors([texts[text][0].text for text in distinct])
    together: dict[int, list[Asked]] = defaultdict(list)
    for text, label in zip(distinct, _labels(table), strict=True):
        together[label] += texts[text]
    found = [Group(tuple(items)) for items in together.values()]
    return sorted(found, key=lambda group: (-len(group.questions), -max(item.id for item in group.questions)))


def _labels(table: Vectors) -> list[int]:
    if len(table) < 2 or not table.shape[1]:
        return list(range(len(table)))
    from sklearn.cluster import AgglomerativeClustering

    clusters = AgglomerativeClustering(None, metric="cosine", linkage="average", distance_threshold=_APART)
    labels: list[int] = clusters.fit_predict(table).tolist()
    return labels
