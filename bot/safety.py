"""Danger first: phrases that name danger in each language. What they miss, the classifier may still see (policy)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from bot.locales import scripts
from bot.model import DANGERS
from bot.text import normal, same_letters

_GROUP = re.compile(r"(?<!\\)\((?!\?)")


class DangerPatterns:
    """Regular expressions by locale and kind, matched against the `normal` form of a text."""

    def __init__(self, patterns: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._patterns = patterns

    def find(self, text: str, locales: Iterable[str]) -> str | None:
        """The kind of danger that a phrase of one of `locales` names, or None. Italian and English count too: words of
        danger are borrowed."""
        cleaned = normal(text)
        borrowed = ("it", "en") if "Latn" in scripts(cleaned) else ()
        for tag in dict.fromkeys((*locales, *borrowed)):
            kinds = self._patterns.get(tag, {})
            for kind in DANGERS:
                if kinds.get(kind) and _compiled(tuple(kinds[kind])).search(cleaned):
                    return kind
        return None


@cache
def _compiled(items: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all of a kind. Made when its language is first spoken, as all together take seconds to make, and
    kept when something else is published. Nobody asks what its groups held: without them the search takes a third."""
    return re.compile("|".join(f"(?:{_GROUP.sub('(?:', same_letters(item))})" for item in items))
