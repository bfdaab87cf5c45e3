"""Values in a locale: money, numbers, durations, dates and phones, formatted by Babel and safe in right-to-left text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, format_decimal

from bot.model import Value

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# Unicode's bidi isolates keep "800 290 290" whole and in order inside Arabic or Persian text (UAX #9, FSI, LRI, PDI).
_FSI, _LRI, _PDI = "\u2068", "\u2066", "\u2069"
_SECONDS = {"hours": 3600, "days": 86400, "weeks": 7 * 86400, "months": 30 * 86400, "years": 365 * 86400}
_NEVER = 10**9  # a threshold that keeps format_timedelta from turning 60 days into 2 months
_NOUNS = {("ps", "hours"): "ساعته"}  # which CLDR lacks


@lru_cache(8192)  # thousands of values in all locales are few; Babel takes its time with each
def render(value: Value, locale: str) -> str:
    """The value as a person reading `locale` expects it, between bidi isolates. Digits stay Latin: papers have them."""
    if value.kind == "phone":
        return f"{_LRI}{value.amount}{_PDI}"
    return f"{_FSI}{_plain(value, locale)}{_PDI}"


def _plain(value: Value, locale: str) -> str:
    amount = value.amount
    if isinstance(amount, date):
        return format_date(amount, "long", locale=locale)
    if not isinstance(amount, Decimal):
        return amount
    if value.kind == "money":
        pattern = Locale.parse(locale).currency_formats["standard"].pattern
        whole = pattern.replace(".00", "") if amount == amount.to_integral() else pattern
        return format_currency(amount, value.unit, format=whole, locale=locale, currency_digits=False)
    if value.kind == "duration":
        if (locale, value.unit) in _NOUNS:
            return f"{format_decimal(amount, locale=locale)} {_NOUNS[locale, value.unit]}"
        seconds = int(amount * _SECONDS[value.unit])
        text = format_timedelta(timedelta(seconds=seconds), value.unit[:-1], _NEVER, locale=locale)  # type: ignore[arg-type]
        return text.replace("/", " ")  # CLDR's Tigrinya has "6/ኣዋርሕ"
    return format_decimal(amount, locale=locale)


def choose(values: Iterable[Value], places: tuple[str, ...] = ()) -> dict[str, Value]:
    """One value per name: the variant for the most specific of `places` (municipality first, then region), else the
    one that holds everywhere."""
    found: dict[str, Value] = {}
    ranks: dict[str, int] = {}
    for value in values:
        if value.applies_to is not None and value.applies_to not in places:
            continue
        rank = len(places) - places.index(value.applies_to) if value.applies_to is not None else 0
        if value.name not in found or rank > ranks[value.name]:
            found[value.name], ranks[value.name] = value, rank
    return found


def fill(text: str, values: Mapping[str, Value], locale: str) -> str:
    """`text` with each {name} replaced. An unknown name leaves an ellipsis: a hole is better than a wrong number."""
    return PLACEHOLDER.sub(lambda match: render(values[match[1]], locale) if match[1] in values else "…", text)


def plain(text: str) -> str:
    """`text` without bidi isolates, for copying and for links."""
    return text.translate({ord(mark): None for mark in (_FSI, _LRI, _PDI)})
