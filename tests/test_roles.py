"""Who may do what, as a table."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.roles import ROLES, VERBS, may

REGIONS = {"foggia": "puglia", "bari": "puglia", "napoli": "campania"}


@dataclass(frozen=True)
class Somebody:
    role: str
    locales: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (
            "admin",
            {"read", "translate", "edit", "publish", "confirm", "review", "teach", "answer_people", "administer"},
        ),
        ("editor", {"read", "translate", "edit", "publish", "confirm", "review", "teach"}),
        ("mediator", {"read", "translate", "edit", "publish", "confirm", "review", "answer_people"}),
        ("translator", {"read", "translate"}),
        ("viewer", {"read"}),
        ("", set()),
        ("king", set()),
    ],
)
def test_a_role_without_limits_may_do_this_everywhere(role: str, allowed: set[str]) -> None:
    assert {verb for verb in VERBS if may(Somebody(role), verb)} == allowed
    assert {verb for verb in VERBS if may(Somebody(role), verb, "bn", ("campania",), REGIONS)} == allowed


def test_the_roles_are_the_five_and_an_unknown_verb_is_nobodys() -> None:
    assert ROLES == ("admin", "editor", "mediator", "translator", "viewer")
    assert [role for role in ROLES if may(Somebody(role), "fly")] == []


@pytest.mark.parametrize(
    ("verb", "locale", "allowed"),
    [
        ("read", "ar", True),
        ("translate", "bn", True),
        ("translate", "ar", False),
        ("publish", "bn", True),
        ("publish", "it", False),
        ("publish", None, False),  # a value changes every language
        ("publish", "", False),
        ("edit", None, True),  # a proposal, which nobody reads yet
        ("edit", "ar", False),
        ("confirm", "ur", True),
        ("answer_people", "ur", True),
        ("answer_people", "ar", False),
        ("answer_people", None, True),  # nobody knows their language yet
    ],
)
def test_a_mediator_for_bengali_and_urdu(verb: str, locale: str | None, allowed: bool) -> None:
    assert may(Somebody("mediator", locales=("bn", "ur")), verb, locale) is allowed


@pytest.mark.parametrize(
    ("verb", "applies_to", "allowed"),
    [
        ("read", ("campania",), True),
        ("publish", ("puglia",), True),
        ("publish", ("foggia",), True),
        ("publish", ("foggia", "bari"), True),
        ("publish", ("campania",), False),
        ("publish", ("napoli",), False),
        ("publish", ("puglia", "campania"), False),
        ("publish", ("nowhere",), False),
        ("publish", (), False),  # what holds everywhere holds in Campania too
        ("confirm", (), False),
        ("edit", (), True),
        ("edit", ("campania",), False),
        ("answer_people", (), True),  # nobody knows their town
        ("answer_people", ("napoli",), False),
    ],
)
def test_a_mediator_for_puglia(verb: str, applies_to: tuple[str, ...], allowed: bool) -> None:
    assert may(Somebody("mediator", places=("puglia",)), verb, "it", applies_to, REGIONS) is allowed


def test_a_town_does_not_speak_for_its_region() -> None:
    assert may(Somebody("editor", places=("foggia",)), "publish", "it", ("foggia",), REGIONS)
    assert not may(Somebody("editor", places=("foggia",)), "publish", "it", ("puglia",), REGIONS)


def test_both_limits_hold_at_once() -> None:
    limited = Somebody("editor", ("bn",), ("puglia",))
    assert may(limited, "review", "bn", ("bari",), REGIONS)
    assert not may(limited, "review", "it", ("bari",), REGIONS)
    assert not may(limited, "review", "bn", ("napoli",), REGIONS)
    assert may(Somebody("admin", ("bn",), ("puglia",)), "administer")
