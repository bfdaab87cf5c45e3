"""One's own account: what one may do, password, second factor, language, and signing out elsewhere."""

from __future__ import annotations

from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Request, Response

from bot.locales import LOCALES
from bot.model import BussolaError
from bot.people import People
from connectors.console import account_words as said
from connectors.console.front import COOKIE, HOME, Account, Form, Front, Refused, form
from connectors.console.limits import limits

PATH = "/me"
FACTOR = f"{PATH}/second-factor"


def add(console: APIRouter, front: Front) -> None:
    """Adds the pages of one's own account. They work for somebody without a role, who has nothing else."""
    mine = _Mine(front)
    _deeds(console, front, mine)

    @console.get(PATH)
    def me(request: Request) -> Response:
        return mine.page(request, front.reader(request, ready=False))

    @console.get(FACTOR)
    def factor(request: Request) -> Response:
        account = front.reader(request, ready=False)
        if account.elsewhere or account.factor:
            return front.go(f"{HOME}{PATH}")
        return mine.factor_page(request, account)

    @console.post(FACTOR)
    def connect(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        return mine.connect(request, front.sender(request, posted, ready=False), posted)

    @console.post(f"{FACTOR}/codes")
    def codes(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.sender(request, posted, ready=False)
        try:
            made = mine.people.recovery_codes(account.name, posted.get("present", ""))
        except BussolaError as error:
            return mine.refused(request, account, "codes", error)
        return front.page(request, "recovery_codes.html", account, a=said, codes=made)

    @console.post(f"{FACTOR}/remove")
    def remove(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.sender(request, posted, ready=False)
        try:
            mine.people.remove_factor(account.name, account.name, posted.get("present", ""))
        except BussolaError as error:
            return mine.refused(request, account, "remove", error)
        return front.go(f"{HOME}{PATH}", done="factor-removed")


def _deeds(console: APIRouter, front: Front, mine: _Mine) -> None:
    @console.post(f"{PATH}/language")
    def language(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.sender(request, posted, ready=False)
        wanted = posted.get("language", "")
        mine.people.language(account.name, wanted if wanted in LOCALES else None)
        return front.go(f"{HOME}{PATH}", done="saved")

    @console.post(f"{PATH}/email")
    def email(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.sender(request, posted, ready=False)
        try:
            mine.people.email(account.name, posted.get("email", ""), posted.get("present", ""))
        except BussolaError as error:
            return mine.refused(request, account, "email", error)
        return front.go(f"{HOME}{PATH}", done="saved")

    @console.post(f"{PATH}/password")
    def password(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.sender(request, posted, ready=False)
        try:
            if posted.get("password", "") != posted.get("again", ""):
                raise BussolaError(said.NOT_THE_SAME, "account")
            mine.people.password(
                account.name, posted.get("present", ""), posted.get("password", ""), request.cookies[COOKIE]
            )
        except BussolaError as error:
            return mine.refused(request, account, "password", error)
        return front.go(f"{HOME}{PATH}", done="password")

    @console.post(f"{PATH}/sign-out-others")
    def sign_out_others(request: Request, posted: Annotated[Form, Depends(form)]) -> Response:
        account = front.sender(request, posted, ready=False)
        mine.people.end_sign_ins(account.name, account.name, request.cookies[COOKIE])
        return front.go(f"{HOME}{PATH}", done="signed-out-others")


class _Mine:
    def __init__(self, front: Front) -> None:
        self._front, self.people = front, People(front.accounts)

    def page(self, request: Request, account: Account, status: int = 200, fault: str = "", at: str = "") -> Response:
        """The page, with a fault beside the form that it is `at`."""
        person = self.people.find(account.name)
        return self._front.page(
            request, "me.html", account, status, a=said, person=person, fault=fault, at=at,
            languages=[LOCALES[tag] for tag in self._front.desk.compose.phrases.locales],
            limits=limits(self._front.desk.compose.content, person.locales, person.places),
            needs_factor=self._front.needs_factor(account),
        )  # fmt: skip

    def refused(self, request: Request, account: Account, at: str, error: BussolaError) -> Response:
        """The page with what is wrong. A fault that is not about the account goes on as it is."""
        if error.where != "account":
            raise error
        return self.page(request, account, 422, error.what, at)

    def factor_page(self, request: Request, account: Account, status: int = 200, fault: str = "",
                    secret: str = "", sealed: str = "") -> Response:  # fmt: skip
        """The picture for the telephone; a new secret unless one that is sealed already came back with a wrong code."""
        factors = self._front.accounts.factors
        if not secret:
            secret, sealed = factors.begin(account.name)
        picture = segno.make(factors.address(account.name, secret), error="m")
        return self._front.page(
            request, "second_factor.html", account, status, a=said, fault=fault, sealed=sealed,
            key=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
            qr=picture.svg_data_uri(scale=6, border=4, dark="#000", light="#fff"), needs_factor=self._front.needs_factor(account),
        )  # fmt: skip

    def connect(self, request: Request, account: Account, posted: Form) -> Response:
        """The recovery codes, once, for the right first code; otherwise the picture again."""
        if account.factor or account.elsewhere:
            raise Refused(403, said.SECOND_FACTOR, said.FORM_OLD)  # a second one would throw the first one out unseen
        sealed = posted.get("sealed", "")
        secret = self._front.accounts.factors.unseal(account.name, sealed)
        if secret is None:
            return self.factor_page(request, account, 422, said.FORM_OLD)
        try:
            codes = self.people.add_factor(account.name, secret, posted.get("code", ""))
        except BussolaError as error:
            if error.where != "account":
                raise
            return self.factor_page(request, account, 422, error.what, secret, sealed)
        return self._front.page(request, "recovery_codes.html", account, a=said, codes=codes)
