"""Language identification: scripts, romanised text, short text, the conversation as prior."""

from __future__ import annotations

import pytest

from bot.build import language_names
from bot.language import LanguageIdentifier, NamedLanguages
from bot.locales import LOCALES, chain, resolve
from bot.model import Content


@pytest.fixture(scope="module")
def identifier(written: Content) -> LanguageIdentifier:
    return LanguageIdentifier(written.examples)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("come faccio a rinnovare il permesso", "it"), ("how do I renew my permit", "en"), ("comment renouveler mon titre", "fr"),
        ("কিভাবে রিনিউ করব", "bn"), ("كيف أجدد الإقامة", "ar"), ("як продовжити дозвіл", "uk"), ("si ta rinovoj lejen e qëndrimit", "sq"),
        ("怎么续居留", "zh"), ("kifach njadad sejour dyali", "ar"), ("permesso kivabe renew korbo bhai", "bn"), ("zen me xu ju liu", "zh"),
        ("yak prodovzhyty dozvil na prozhyvannya", "uk"), ("oturma iznimi nasil yenilerim", "tr"),
        ("আমার permesso di soggiorno শেষ হয়ে গেছে", "bn"), ("questura te appointment kobe pabo", "bn"),
    ],
)  # fmt: skip
def test_the_language_of_a_text(identifier: LanguageIdentifier, text: str, locale: str) -> None:
    assert identifier.identify(text).locale == locale


def test_a_short_or_foreign_word_does_not_flip_the_conversation(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("ok", "sq").locale == "sq"
    assert identifier.identify("questura", "fr").locale == "fr"
    assert identifier.identify("😀", "uk").locale == "uk"
    assert identifier.identify("now please explain all of this to me in plain English words", "it").locale == "en"


def test_tags_of_other_programs_are_understood() -> None:
    assert [resolve(tag) for tag in ("pt-BR", "zh-Hans-CN", "AR_eg", "prs", "de", "", None)] == [
        "pt",
        "zh",
        "ar",
        "fa",
        None,
        None,
        None,
    ]


def test_the_nearest_locale_is_offered_when_ones_own_is_missing() -> None:
    assert chain("ps", ("en", "it", "fa"))[0] == "fa"
    assert chain("bn", ("fr",)) == ("fr",)


def test_languages_are_known_by_their_names_in_every_language() -> None:
    names = language_names()
    assert {names[word] for word in ("bengalese", "bengali", "বাংলা")} == {"bn"}
    assert {names[word] for word in ("arabo", "arabic", "arabe", "العربيه")} == {"ar"}
    assert len(set(names.values())) == len(LOCALES) == 24


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("parla bengalese", "bn"),
        ("spek english plz", "en"),
        ("أريد أن نتكلم بالعربية", "ar"),  # a preposition and an article before it
        ("Можна українською?", "uk"),  # other endings than the dictionary's
        ("Переключите на бенгальском", "bn"),
        ("ქართულად მითხარი", "ka"),
        ("ইংরেজিতে উত্তর দিতে পারেন?", "en"),
        ("İngilizceye çevirsene", "en"),
        ("ብእንግሊዝኛ ክትዛረቡ ትኽእሉ ዲኹም?", "en"),
        ("我老公讲法语", "fr"),  # no spaces
        ("non capisco l'italiano, parla rumeno", "ro"),
        ("İtalyanca bilmiyorum, Türkçe konuşalım", "tr"),
        ("Rispondimi in italiano", "it"),
        ("non capisco italiano", None),
        ("Я не розумію італійської", None),
        ("İtalyanca anlamıyorum", None),
        ("Vorrei cambiare lingua", None),
    ],
)
def test_the_language_that_is_asked_for_is_found_with_its_endings_and_beside_one_that_is_not_understood(
    said: str, tag: str | None
) -> None:
    assert NamedLanguages(language_names()).find(said) == tag
