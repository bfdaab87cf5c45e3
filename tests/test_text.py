"""Forms of text: what looks alike, what sounds alike, what is personal."""

from __future__ import annotations

import pytest

from bot.text import normal, skeleton, sound, without_personal_data


@pytest.mark.parametrize(
    ("text", "form"),
    [("Perché?!", "perche"), ("  così   è ", "cosi e"), ("إلى أين", "الي اين"), ("Їжак", "іжак"), ("ফোজ্জায়", "ফোজ্জায়"), ("ciaooooo", "ciaoo"),
     ("permesso-di_soggiorno", "permesso di soggiorno"), ("😀", "")],
)  # fmt: skip
def test_normal_form(text: str, form: str) -> None:
    assert normal(text) == normal(form)


@pytest.mark.parametrize(
    ("one", "other"), [("permesso", "permeso"), ("questura", "kuestura"), ("soggiorno", "soggiornno")]
)
def test_spellings_that_sound_alike_meet(one: str, other: str) -> None:
    assert sound(normal(one)) == sound(normal(other))


def test_arabizi_and_arabic_share_their_consonants() -> None:
    assert skeleton(normal("محتاج")) == skeleton(normal("m7taj"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("scrivimi a ali.k@example.org", "scrivimi a <email>"), ("il mio numero è +39 333 123 4567", "il mio numero è <number>"),
        ("mi chiamo Amadou Diallo e cerco casa", "mi chiamo <name> e cerco casa"), ("codice RSSMRA80A01H501U", "codice <tax code>"),
        ("my passport YA1234567 is lost", "my passport <document> is lost"), ("entro 60 giorni", "entro 60 giorni"),
    ],
)  # fmt: skip
def test_personal_data_is_taken_out_before_a_text_is_kept(text: str, kept: str) -> None:
    assert without_personal_data(text) == kept
