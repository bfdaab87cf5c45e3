"""Who may do what in the console: one pure function over a role, its limits, and what the deed is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

VERBS = ("read", "translate", "edit", "publish", "confirm", "review", "teach", "answer_people", "administer")
# A mediator answers people and keeps entries true, and is the second person for what a colleague wrote; an editor is not
# asked by people. To teach is to say what counts as danger, as a dialogue act or as out of scope: a wrong word there pulls
# people away from the numbers to call.
_MAY = {
    "admin": frozenset(VERBS),
    "editor": frozenset({"read", "translate", "edit", "publish", "confirm", "review", "teach"}),
    "mediator": frozenset({"read", "translate", "edit", "publish", "confirm", "review", "answer_people"}),
    "translator": frozenset({"read", "translate"}),
    "viewer": frozenset({"read"}),
}
ROLES = tuple(_MAY)
# What people read changes: with no locale it changes in all of them, with no place it changes everywhere.
_REACHES_PEOPLE = frozenset({"publish", "confirm", "review", "teach"})


def roles_that(verb: str) -> tuple[str, ...]:
    """The roles that may do `verb`."""
    return tuple(role for role, verbs in _MAY.items() if verb in verbs)


class Holder(Protocol):
    """Somebody with a role. `locales` and `places` (regions or place ids) limit them; empty means everywhere."""

    @property
    def role(self) -> str:
        """One of ROLES, or anything else for somebody who has no role yet."""

    @property
    def locales(self) -> Sequence[str]:
        """The locales they are limited to."""

    @property
    def places(self) -> Sequence[str]:
        """The regions and places they are limited to."""


def concerns(account: Holder, locale: str, place: str | None, regions: Mapping[str, str] | None = None) -> bool:
    """Whether what was said in `locale`, in `place` (None: nobody knows where), lies within the account's limits."""
    if account.locales and locale not in account.locales:
        return False
    known = regions or {}
    return not account.places or place is None or place in account.places or known.get(place) in account.places


def may(
    account: Holder,
    verb: str,
    locale: str | None = None,
    applies_to: Sequence[str] = (),
    regions: Mapping[str, str] | None = None,
) -> bool:
    """Whether `account` may do `verb` in `locale` (none: in all locales at once) to what `applies_to` these regions and
    places (none: everywhere). `regions` maps a place to its region: who may do it in Puglia may do it in Foggia."""
    if verb not in _MAY.get(account.role, ()):
        return False
    if verb in ("read", "administer"):
        return True
    if account.locales and (locale not in account.locales if locale else verb in _REACHES_PEOPLE):
        return False
    if not account.places:
        return True
    if not applies_to:
        return verb not in _REACHES_PEOPLE
    known = regions or {}
    return all(area in account.places or known.get(area) in account.places for area in applies_to)
