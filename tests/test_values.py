"""Values in every locale, and in the right direction."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.locales import LOCALES
from bot.model import Value
from bot.values import choose, fill, plain, render

DAY = date(2027, 1, 31)
FEE = Value("fee", "money", Decimal("30.46"), "EUR", DAY)
STAMP = Value("stamp", "money", Decimal(16), "EUR", DAY)
DAYS = Value("days", "duration", Decimal(60), "days", DAY)
PHONE = Value("phone", "phone", "800 290 290")


@pytest.mark.parametrize(
    ("value", "locale", "text"),
    [
        (FEE, "it", "30,46\xa0€"), (FEE, "en", "€30.46"), (FEE, "ar", "\u200f30.46\xa0€"), (STAMP, "it", "16\xa0€"), (STAMP, "zh", "€16"),
        (DAYS, "it", "60 giorni"), (DAYS, "en", "60 days"), (DAYS, "ar", "60 يومًا"), (DAYS, "bn", "60 দিন"), (DAYS, "uk", "60 днів"),
        (DAYS, "zh", "60天"), (DAYS, "ka", "60 დღე"), (Value("y", "duration", Decimal(10), "years", DAY), "sq", "10 vjet"),
        (Value("m", "duration", Decimal(6), "months", DAY), "fr", "6\xa0mois"), (Value("d", "date", DAY, "", DAY), "it", "31 gennaio 2027"),
        (Value("n", "number", Decimal("10250.5"), "", DAY), "it", "10.250,5"), (PHONE, "ar", "800 290 290"),
    ],
)  # fmt: skip
def test_a_value_renders_as_its_reader_expects(value: Value, locale: str, text: str) -> None:
    assert plain(render(value, locale)) == text


def test_every_value_is_isolated_in_every_locale_so_that_it_reads_in_order_inside_arabic() -> None:
    rendered = [render(value, locale) for locale in LOCALES for value in (FEE, DAYS, PHONE)]
    assert len(rendered) == 72
    assert all(text[0] in "\u2066\u2068" and text[-1] == "\u2069" for text in rendered)
    assert render(PHONE, "ar") == "\u2066800 290 290\u2069"


def test_the_most_specific_variant_wins() -> None:
    values = [
        FEE,
        Value("fee", "money", Decimal(40), "EUR", DAY, "campania"),
        Value("fee", "money", Decimal(50), "EUR", DAY, "napoli"),
    ]
    assert [choose(values, places)["fee"].amount for places in ((), ("bari", "puglia"), ("eboli", "campania"), ("napoli", "campania"))] == [
        Decimal("30.46"), Decimal("30.46"), Decimal(40), Decimal(50)]  # fmt: skip


def test_an_unknown_name_leaves_a_hole_and_no_number() -> None:
    assert plain(fill("Costo: {fee}, {gone}.", {"fee": FEE}, "it")) == "Costo: 30,46\xa0€, …."
