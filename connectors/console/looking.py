"""A second look: saving while somebody types, what publishing would change, reviews, confirming."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from bot.compose import ROME
from bot.copies import OWN, WAITING, Copies, Elsewhere, Gone, SecondPerson, WorkingCopy
from bot.locales import LOCALES, SOURCE
from bot.model import Answer
from bot.shared import is_shared, name_of
from bot.store import Conflict, SqlStore
from bot.translating import Translations
from connectors.console import words
from connectors.console.answers import PATH, Subject, number, subject, typed, writer, written
from connectors.console.difference import differences
from connectors.console.front import HOME, Account, Form, Front, Refused, SignedOut, form
from connectors.console.limits import areas
from connectors.console.own_data import changes, concerns, reach, revalued
from connectors.console.preview import previews

OWN_PATH = "own"  # what stands in an address for the locale of an entry's own data
REVIEWS = "/reviews"


def today() -> date:
    """The day in Italy."""
    return datetime.now(ROME).date()


def add(console: APIRouter, front: Front, store: SqlStore, copies: Copies) -> None:
    """Adds saving while typing, the look before publishing, and the list of working copies."""
    looking = _Looking(front, store, copies)
    _saving(console, front, store, copies)

    @console.get(REVIEWS)
    def reviews(request: Request) -> Response:
        return looking.list(request, front.reader(request))

    @console.get(f"{PATH}/look")
    def look(request: Request, topic: str, name: str, locale: str, author: str = "") -> Response:
        account = front.reader(request)
        about, own = _about(front, copies, topic, name, locale)
        return looking.page(request, account, about, own, author or account.name)

    @console.post(f"{PATH}/look")
    def act(request: Request, topic: str, name: str, locale: str, posted: Annotated[Form, Depends(form)]) -> Response:
        about, own = _about(front, copies, topic, name, locale)
        sender = front.sender(request, posted)
        where = _reach(copies, about, posted.get("author", "") or sender.name) if own else None
        account = writer(front, request, posted, about, _verb(posted, sender), where)
        return looking.act(request, account, about, own, posted)


def _verb(posted: Form, account: Account) -> str:
    """The right that an action needs; empty for writing it down."""
    others = posted.get("author", account.name) not in ("", account.name)
    needed = {"back": "review", "confirm": "confirm", "publish": "review" if others else "publish"}
    return needed.get(posted.get("action", ""), "")


def _about(front: Front, copies: Copies, topic: str, name: str, locale: str) -> tuple[Subject, bool]:
    """The subject of an address, and whether it is the entry's own data."""
    own = locale == OWN_PATH
    return subject(front.desk, topic, name, SOURCE if own else locale, copies, own), own


def _reach(copies: Copies, about: Subject, author: str) -> tuple[str, ...]:
    """The regions and places that somebody's change of an entry's own data reaches."""
    copy = copies.find(about.entry.id, OWN, author)
    return reach(about.entry, copy.changed_entry()) if copy else about.entry.applies_to


def _saving(console: APIRouter, front: Front, store: SqlStore, copies: Copies) -> None:
    @console.get(f"{PATH}/copy")
    def token(request: Request, topic: str, name: str, locale: str) -> Response:
        """What a page needs to save again after somebody has signed in anew."""
        try:
            account = front.reader(request)
        except SignedOut:
            raise Refused(401, words.ENDED, words.ENDED_HELP) from None
        own = copies.find(f"{topic}/{name}", locale, account.name)
        return JSONResponse({"account": account.name, "csrf": account.csrf, "number": own.number if own else 0})

    @console.post(f"{PATH}/copy")
    def save(request: Request, topic: str, name: str, locale: str, posted: Annotated[Form, Depends(form)]) -> Response:
        about = subject(front.desk, topic, name, locale, copies)
        account = writer(front, request, posted, about)
        copy = written(about, account.name, posted, Translations(store))
        own = copies.find(copy.entry, copy.locale, copy.author)
        if own is None and copy.data == {"title": "", "answer": "", **about.texts(locale)} and not copy.note:
            return JSONResponse({"number": copy.number, "saved": ""})  # nothing has been typed yet
        try:
            saved = copies.save(copy)
        except Elsewhere as elsewhere:
            return JSONResponse({"number": elsewhere.current.number}, 409)
        except Conflict:
            return JSONResponse({"number": copy.number}, 409)
        say = front.desk.compose.phrases.get(front.locale(request), words.SAVED, time=f"{datetime.now(ROME):%H:%M:%S}")
        return JSONResponse({"number": saved.number, "saved": say})

    @console.post(f"{PATH}/preview")
    def preview(
        request: Request, topic: str, name: str, locale: str, posted: Annotated[Form, Depends(form)]
    ) -> Response:
        account = front.sender(request, posted)
        about = subject(front.desk, topic, name, locale, copies)
        shown = previews(front, about.compose, about, about.changed(typed(posted)), front.locale(request))
        return front.page(request, "preview.html", account, preview=shown)

    @console.post(f"{PATH}/discard")
    def discard(
        request: Request, topic: str, name: str, locale: str, posted: Annotated[Form, Depends(form)]
    ) -> Response:
        about, own = _about(front, copies, topic, name, locale)
        where = _reach(copies, about, front.sender(request, posted).name) if own else None
        account = writer(front, request, posted, about, own=where)
        thrown = OWN if own else about.locale
        for place in (thrown,) if about.published else _with_entry(copies, about.entry.id, thrown, account.name):
            copies.discard(about.entry.id, place, account.name)
        if not about.published:
            return front.go(HOME + REVIEWS, done="discarded")
        return front.go(_home(about, own), done="discarded")


def _with_entry(copies: Copies, entry: str, thrown: str, author: str) -> list[str]:
    """What goes when somebody throws their copy of an entry that is only begun away: with the entry's own data all that
    they wrote there, with the Italian the own data, unless a text in another language needs it still."""
    there = [(copy.author, copy.locale) for copy in copies.all() if copy.entry == entry]
    if thrown == OWN:
        return [locale for writer, locale in there if writer == author]
    others = [pair for pair in there if pair[1] != OWN and pair != (author, thrown)]
    return [thrown, OWN] if thrown == SOURCE and not others else [thrown]


def _home(about: Subject, own: bool) -> str:
    return f"{HOME}/entries/{about.entry.id}/details" if own and not about.shared else about.address


@dataclass(frozen=True, slots=True)
class _Row:
    """A working copy in the list."""

    copy: WorkingCopy
    title: str
    address: str


class _Looking:
    def __init__(self, front: Front, store: SqlStore, copies: Copies) -> None:
        self._front, self._store, self._copies = front, store, copies

    def list(self, request: Request, account: Account) -> Response:
        compose, reader = self._front.desk.compose, self._front.locale(request)
        found: dict[str, list[_Row]] = {"waiting": [], "yours": [], "others": []}
        copies = self._copies.all()
        begun = {copy.entry for copy in copies if copy.locale != OWN}
        for copy in copies:
            known = copy.entry in compose.content.entries
            if copy.locale == OWN and not known and copy.entry in begun:
                continue  # the data of a new entry goes with its Italian text
            title = compose.title(copy.entry, reader) if known else str(copy.data.get("title") or copy.entry)
            title = f"\u2066{{{name_of(copy.entry)}}}\u2069" if is_shared(copy.entry) else title
            where = f"{HOME}/entries/{copy.entry}/{copy.locale or OWN_PATH}"
            mine = copy.author == account.name
            concerned = mine or concerns(account, copy, compose.content)
            kind = "waiting" if copy.state == WAITING and concerned else "yours" if mine else "others"
            draft = mine and copy.state != WAITING and copy.locale != OWN
            found[kind].append(
                _Row(copy, title, where if draft else f"{where}/look?{urlencode({'author': copy.author})}")
            )
        return self._front.page(request, "reviews.html", account, found=found)

    def page(self, request: Request, account: Account, about: Subject, own: bool, author: str, status: int = 200,
             trouble: str = "", remark: str = "") -> Response:  # fmt: skip
        """What would change, for whom, and what can be done about it."""
        front, reader = self._front, self._front.locale(request)
        copy = self._copies.find(about.entry.id, OWN if own else about.locale, author)
        begun = None if about.published else self._copies.find(about.entry.id, OWN, author)
        if begun:
            about = replace(about, entry=begun.changed_entry())
        context: dict[str, Any] = {"changes": {}, "preview": None, "faults": {}, "stale": (), "now": None, "data": {},
                                   "revalued": [], "italian": None}  # fmt: skip
        version = about.version
        entry = about.entry
        if own:
            version = self._store.entry_version(about.entry.id)
            entry = copy.changed_entry() if copy else about.entry
            context["data"] = changes(front.desk, about.entry, entry, reader)
            context["revalued"] = revalued(front.desk, about.entry, entry, about.users)
        else:
            answer = about.changed(copy.data) if copy else about.answer
            if answer is None:
                raise Refused(404, words.MISSING, words.MISSING_HELP)
            context |= self._answer(request, about, answer, copy)
        risk = about.is_high or entry.risk == "high"
        account = account.on("" if own else about.locale, reach(about.entry, entry) if own else about.entry.applies_to)
        return front.page(
            request, "look.html", account, status, about=about, own=own, copy=copy, entry=about.entry, title=about.title(reader),
            text_locale=LOCALES[about.locale], address=f"{HOME}/entries/{about.entry.id}/{OWN_PATH if own else about.locale}",
            home=_home(about, own), trouble=trouble, remark=remark, behind=copy is not None and copy.base_version != version, high=risk,
            mine=author == account.name, second=risk and author == account.name, sources=about.entry.sources,
            own_number=begun.number if begun else 0, areas=areas(about.compose.content),
            users={name: about.compose.title(name, reader) for name in about.users} if about.shared else {},
            **context,
        )  # fmt: skip

    def _answer(self, request: Request, about: Subject, answer: Answer, copy: WorkingCopy | None) -> dict[str, Any]:
        front, reader = self._front, self._front.locale(request)
        say = front.desk.compose.phrases.get
        faults: dict[str, list[str]] = {}
        for field, sentence, holes in front.desk.faults(answer):
            faults.setdefault(field, []).append(say(reader, sentence, **holes))
        stale = self._copies.stale_after(answer, copy.minor) if copy and about.locale == SOURCE else []
        return {
            "changes": differences(about.texts(about.locale), answer.fields()) if copy else {},
            "preview": previews(front, about.compose, about, answer, reader),
            "faults": faults,
            "stale": [f"\u2068{LOCALES[tag].name}\u2069" for tag in stale],  # names of both directions in one sentence
            "now": previews(front, about.compose, about, about.answer, reader) if about.answer and copy else None,
            "italian": copy is not None and self._older(about, copy),
        }

    def _older(self, about: Subject, copy: WorkingCopy) -> bool:
        """Whether a translation was made from an Italian text that has changed since."""
        found = Translations(self._store).one(about.entry.id, about.locale) if copy.made_from is not None else None
        return found is not None and replace(found, texts=copy.data, made_from=copy.made_from or {}).is_behind

    def act(self, request: Request, account: Account, about: Subject, own: bool, posted: Form) -> Response:
        """Publishes, confirms, sends, gives back or throws away, and says what was done."""
        action, author = posted.get("action", ""), posted.get("author", "") or account.name
        locale = OWN if own else about.locale
        remark = posted.get("remark", "").strip()[:2000]
        try:
            if action == "send":
                self._copies.send(about.entry.id, locale, account.name)
                return self._front.go(HOME + REVIEWS, done="sent")
            if action == "back":
                if not remark:
                    return self.page(request, account, about, own, author, 422, words.WRITE_REMARK)
                self._copies.send_back(about.entry.id, locale, author, account.name, remark)
                return self._front.go(HOME + REVIEWS, done="back")
            if action == "confirm" and about.answer and posted.get("base_version") == str(about.version):
                if about.answer.state == "stale":
                    return self.page(request, account, about, own, author, 409, words.STATE_EXPLAINED["stale"])
                self._copies.confirm(about.answer, account.name, today())
                return self._front.go(about.address, done="confirmed")
            if action == "publish":
                return self._publish(request, account, about, own, posted, author)
        except Gone:
            # What cannot be published yet, because its entry is only begun, is still there.
            kept = self._copies.find(about.entry.id, locale, author)
            return self._front.go(_home(about, own), done="saved" if kept else "gone")
        except SecondPerson:
            return self.page(request, account, about, own, author, 403, words.SECOND_PERSON, remark)
        except Elsewhere:
            return self.page(request, account, about, own, author, 409, words.CHANGED_SINCE, remark)
        except Conflict:
            return self.page(request, account, about, own, author, 409, words.CHANGED_SINCE, remark)
        return self.page(request, account, about, own, author, 409, words.CHANGED_SINCE, remark)

    def _publish(
        self, request: Request, account: Account, about: Subject, own: bool, posted: Form, author: str
    ) -> Response:
        copy = self._copies.find(about.entry.id, OWN if own else about.locale, author)
        if copy is None:
            raise Gone
        answer = None if own else about.changed(copy.data)
        if answer and self._front.desk.faults(answer):
            return self.page(request, account, about, own, author, 422, words.MEND_FIRST)
        seen = posted.get("number", "")
        if seen != str(copy.number):
            raise Elsewhere(copy)
        own_number = number(posted, "own_number") if posted.get("own_number") else 0
        self._copies.publish(replace(copy), account.name, answer, today() if "sure" in posted else None, own_number)
        return self._front.go(_home(about, own), done="published")
