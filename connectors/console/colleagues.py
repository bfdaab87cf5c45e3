"""The accounts, for administrators: who works here, inviting people, changing what they may do, helping them in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from bot.invitations import BY_HAND, Invitations
from bot.locales import LOCALES
from bot.model import BussolaError
from bot.people import GONE, People, Person
from bot.roles import ROLES
from connectors.console import account_words as said
from connectors.console import limits, words
from connectors.console.front import HOME, Account, Form, Front, Refused, form

PATH = "/accounts"


def add(console: APIRouter, front: Front) -> None:
    """Adds the pages of accounts; every one is for administrators only."""
    pages = _Pages(front)

    @console.get(PATH)
    def everybody(request: Request) -> Response:
        return pages.list(request, front.admin(request))

    @console.get(f"{PATH}/invite")
    def ask(request: Request) -> Response:
        return pages.invite_page(request, front.admin(request))

    @console.post(f"{PATH}/invite")
    def invite(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        return pages.invite(request, front.admin(request, posted), posted)

    @console.post(f"{PATH}/withdraw")
    def withdraw(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.admin(request, posted)
        pages.invitations.withdraw(posted.get("id", ""), account.name)
        return front.go(f"{HOME}{PATH}", done="withdrawn")

    @console.get(f"{PATH}/one")
    def one(request: Request, name: str = "") -> Response:
        account = front.admin(request)
        return pages.person(request, account, pages.find(name))

    @console.post(f"{PATH}/one")
    def change(request: Request, posted: Annotated[Form, Depends(form)], name: str = "") -> Response:
        account = front.admin(request, posted)
        return pages.change(request, account, pages.find(name), posted)

    @console.post(f"{PATH}/one/{{deed}}")
    def do(request: Request, deed: str, posted: Annotated[Form, Depends(form)], name: str = "") -> Response:
        account = front.admin(request, posted)
        return pages.do(request, account, pages.find(name), deed)


class _Pages:
    def __init__(self, front: Front) -> None:
        self._front = front
        self.people, self.invitations = People(front.accounts), Invitations(front.accounts)

    def find(self, name: str) -> Person:
        """The account of an address. Raises Refused (404) when there is none."""
        try:
            return self.people.find(name)
        except BussolaError as error:
            raise Refused(404, words.MISSING, GONE) from error

    def list(self, request: Request, account: Account) -> Response:
        """Everybody, and the links that wait."""
        content = self._front.desk.compose.content
        return self._front.page(
            request, "accounts.html", account, a=said, people=self.people.all(), links=self.invitations.open(), query=_query,
            limits=lambda item: limits.limits(content, item.locales, item.places),
        )  # fmt: skip

    def invite_page(self, request: Request, account: Account, status: int = 200, fault: BussolaError | None = None,
                    posted: Form | None = None) -> Response:  # fmt: skip
        """The form for a new colleague, with what was typed in it."""
        return self._front.page(request, "invite.html", account, status, **self._form(posted or {}, fault))

    def invite(self, request: Request, account: Account, posted: Form) -> Response:
        """The link, once."""
        try:
            locales, places = limits.chosen(self._front.desk.compose.content, posted)
            token = self.invitations.invite(_role(posted), locales, places, account.name)
        except BussolaError as error:
            if error.where != "account":
                raise
            return self.invite_page(request, account, 422, error, posted)
        return self._link(request, account, token, BY_HAND)

    def person(self, request: Request, account: Account, person: Person, status: int = 200,
               fault: BussolaError | None = None, posted: Form | None = None) -> Response:  # fmt: skip
        """One account: its role and limits, and what helps."""
        content = self._front.desk.compose.content
        kept = {"role": person.role} | {f"locale.{tag}": "1" for tag in person.locales}
        known = limits.regions(content)
        kept |= {f"region.{area}": "1" for area in person.places if area in known}
        kept["towns"] = ", ".join(limits.named(content, [area for area in person.places if area not in known]))
        return self._front.page(request, "account.html", account, status, person=person,
                                query=_query(person.name), **self._form(posted or kept, fault))  # fmt: skip

    def change(self, request: Request, account: Account, person: Person, posted: Form) -> Response:
        """Another role, other limits."""
        try:
            locales, places = limits.chosen(self._front.desk.compose.content, posted)
            self.people.change(person.name, _role(posted), locales, places, account.name)
        except BussolaError as error:
            if error.where != "account":
                raise
            return self.person(request, account, person, 422, error, posted)
        return self._front.go(f"{HOME}{PATH}/one", name=person.name, done="saved")

    def do(self, request: Request, account: Account, person: Person, deed: str) -> Response:
        """One of the small deeds. Raises Refused (404) for an unknown one."""
        name, by = person.name, account.name
        if deed == "link":
            if person.elsewhere:
                raise Refused(404, words.MISSING, said.PASSWORD_ELSEWHERE)
            return self._link(request, account, self.invitations.reset(name, by), BY_HAND)
        deeds: dict[str, tuple[Callable[[], None], str]] = {
            "factor": (lambda: self.people.remove_factor(name, by), "factor-removed"),
            "end": (lambda: self.people.end_sign_ins(name, by), "ended"),
            "close": (lambda: self.people.disable(name, by), "closed"),
            "open": (lambda: self.people.disable(name, by, False), "opened"),
        }
        if deed not in deeds:
            raise Refused(404, words.MISSING, words.MISSING_HELP)
        act, done = deeds[deed]
        try:
            act()
        except BussolaError as error:
            if error.where != "account":
                raise
            return self.person(request, account, person, 422, error)
        return self._front.go(f"{HOME}{PATH}/one", name=name, done=done)

    def _link(self, request: Request, account: Account, token: str, good_for: timedelta) -> Response:
        return self._front.page(request, "link_made.html", account, a=said, link=self._front.address(request, f"/link/{token}"),
                                until=self._front.accounts.now() + good_for)  # fmt: skip

    def _form(self, posted: Form, fault: BussolaError | None) -> dict[str, object]:
        content = self._front.desk.compose.content
        return {"a": said, "roles": ROLES, "regions": limits.regions(content), "posted": posted, "all_locales": LOCALES,
                "fault": fault.what if fault else "", "fault_name": fault.todo if fault else ""}  # fmt: skip


def _role(posted: Form) -> str:
    if posted.get("role") not in ROLES:
        raise BussolaError(said.CHOOSE_ROLE, "account")
    return posted["role"]


def _query(name: str) -> str:
    return urlencode({"name": name})  # and not a part of the path: names may hold anything, a slash too
