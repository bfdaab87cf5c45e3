"""An index as if some passages were withdrawn and others published."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache

from bot.model import Hit, Passage, Vectors
from bot.ports import Searcher
from bot.standing import Standing, Written
from bot.text import normal

_FOUND = 20  # hits of a search in which there is enough to find
Key = tuple[str, str, str, str]  # intent, locale, kind and text of a passage


class Overlay:
    """A searcher with some passages gone and others `fresh`. Nothing of it is kept, and what is searched by everybody else
    stays as it is."""

    def __init__(self, under: Searcher, gone: Collection[Key], fresh: Sequence[Passage]) -> None:
        self._under, self._gone = under, frozenset(gone)
        self._fresh: dict[tuple[str, str], list[Passage]] = {}
        for passage in fresh:
            self._fresh.setdefault((passage.intent, passage.locale), []).append(passage)
        self._given = cache(self._written)

    def refresh(self, revision: int) -> None:
        """Nothing: what lies under it is fresh."""

    def search(self, text: str, locale: str, limit: int = 24) -> tuple[Hit, ...]:
        """The passages nearest to `text`, with those that are only here."""
        return self.over(self._under.search(text, locale, limit + len(self._gone)), text, locale)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts as rows."""
        return self._under.vectors(texts)

    def written(self, locale: str, texts: Sequence[str]) -> Written:
        """Texts of an entry that are not published, as they are compared."""
        return self._under.written(locale, texts)

    def cosines(self, text: str, locale: str, written: Written) -> list[tuple[float, float]]:
        """How near each of the texts is to another, by meaning and by letters."""
        return self._under.cosines(text, locale, written)

    def standing(
        self, text: str, locale: str, entries: Collection[str], fresh: Mapping[str, Written] | None = None
    ) -> dict[str, Standing]:
        """How each of `entries` stands to `text`; what is only here stands for what is published."""
        given: dict[str, Written] = {}
        for name, tag in sorted(self._fresh):
            if name in entries and (tag == locale or name not in given):
                given[name] = self._given(name, tag)
        return self._under.standing(text, locale, entries, given | dict(fresh or {}))

    def over(self, hits: Sequence[Hit], text: str, locale: str) -> tuple[Hit, ...]:
        """The hits that were found underneath, with what is different here."""
        if not normal(text):
            return ()
        kept = [hit for hit in hits if (hit.intent, hit.locale, hit.kind, hit.text) not in self._gone]
        least = min((hit.dense for hit in kept), default=0.0)
        least_letters = min((hit.lexical for hit in kept if hit.lexical), default=0.0) or 1.0
        added: list[Hit] = []
        for (name, tag), passages in self._fresh.items():
            near = self._under.cosines(text, locale, self._given(name, tag))
            for passage, (dense, lexical) in zip(passages, near, strict=True):
                # A passage that is further away than all that were found would not have been found either.
                if len(kept) < _FOUND or dense >= least or lexical >= least_letters:
                    added.append(Hit(name, tag, passage.kind, passage.text, dense, lexical))
        return tuple(sorted([*kept, *added], key=lambda hit: -max(hit.dense, hit.lexical)))

    def _written(self, name: str, locale: str) -> Written:
        return self._under.written(locale, [passage.text for passage in self._fresh[name, locale]])
