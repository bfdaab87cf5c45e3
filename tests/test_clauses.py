"""Where messages are cut."""

from __future__ import annotations

import pytest

from bot.clauses import clauses, parts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("come rinnovo il permesso?", ["come rinnovo il permesso?"]),
        ("Grazie, come rinnovo il permesso?", ["Grazie, come rinnovo il permesso?"]),  # thanks alone ask for nothing
        ("Dove rinnovo il permesso? Dove imparo l'italiano?", ["Dove rinnovo il permesso?", "Dove imparo l'italiano?"]),
        ("كيف أجدد تصريح الإقامة، وأين أتعلم اللغة؟", ["كيف أجدد تصريح الإقامة،", "وأين أتعلم اللغة؟"]),
        (
            "how do I renew the permit and where can I learn Italian",
            ["how do I renew the permit", "and where can I learn Italian"],
        ),
        ("", []),
    ],
)
def test_a_message_is_cut_into_what_may_ask_for_something(text: str, found: list[str]) -> None:
    assert parts(text) == found


def test_clauses_end_with_their_stops() -> None:
    assert clauses("ciao, come stai? 谢谢。好") == ["ciao,", "come stai?", "谢谢。", "好"]


def test_however_long_a_message_is_its_parts_are_few_and_nothing_is_left_out() -> None:
    text = ", ".join(f"parola{number:03}lunga" for number in range(280))
    found = parts(text)
    assert len(found) <= 40 and " ".join(found).split() == text.split()
    assert max(len(part.split()) for part in parts("parola " * 300)) == 25
    without_spaces = "".join(chr(0x4E00 + at) for at in range(120))
    assert [len(part) for part in parts(without_spaces)] == [50, 50, 20]
