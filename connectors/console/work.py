"""The front page: what waits to be done, as cards with a number, and the lists behind two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from bot.compose import ROME, Composer
from bot.copies import WAITING, Copies
from bot.desk import Desk
from bot.inbox import Inbox
from bot.locales import LOCALES, SOURCE
from bot.model import Value
from bot.owners import Owners
from bot.service_checks import ServiceChecks
from bot.shared import holders, is_shared
from bot.store import SqlStore
from bot.unanswered import Unanswered
from connectors.console.catalogue import state
from connectors.console.front import HOME, Account, Front
from connectors.console.offices import area, to_ask
from connectors.console.own_data import concerns, touched

SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Card:
    """Something that waits: which (of words.CARDS), how much of it, and where the list is."""

    kind: str
    count: int
    address: str
    locale: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What the counters look at: the store, working copies, what is published, today, and whose page it is (None:
    everything counts). `inbox` is None where nobody answers people."""

    store: SqlStore
    copies: Copies
    inbox: Inbox | None
    compose: Composer
    today: date
    account: Account | None = None


def own_locales(account: Account) -> tuple[str, ...]:
    """The locales that an account looks after; none: all of them."""
    return account.locales


def work(scene: Scene, locales: Sequence[str], name: str = "") -> list[Card]:
    """The cards: entries to review that the account `name` looks after, then its locales, then the rest. Whatever else
    waits is one more counter here."""
    counters: tuple[Callable[[Scene], Card], ...] = (_copies, _reviews, _values, _unanswered, _changes, _offices)
    talks = [_conversations(scene, scene.inbox)] if scene.inbox else []
    mine = [card for tag in locales for card in (_state(scene, "stale", tag), _state(scene, "missing", tag))]
    everybody = [] if locales else [_state(scene, "stale", ""), _state(scene, "missing", "")]
    own = [_own_reviews(scene, name)] if name in Owners(scene.store).all().values() else []
    return [*own, *talks, *mine, *everybody, *(counter(scene) for counter in counters)]


def _state(scene: Scene, wanted: str, locale: str) -> Card:
    content = scene.compose.content
    tags = (locale,) if locale else tuple(tag for tag in LOCALES if tag != SOURCE)
    count = sum(state(content, entry, tag) == wanted for entry in content.entries for tag in tags)
    query = {"state": wanted, **({"locale": locale} if locale else {"sort": "work"})}
    return Card(wanted, count, f"{HOME}/{'entries' if locale else 'translations'}?{urlencode(query)}", locale)


def _late(scene: Scene) -> list[str]:
    return [entry.id for entry in scene.compose.content.entries.values() if entry.review_by < scene.today]


def _reviews(scene: Scene) -> Card:
    return Card("review", len(_late(scene)), f"{HOME}/entries?age=overdue")


def _own_reviews(scene: Scene, name: str) -> Card:
    owners = Owners(scene.store).all()
    late = [entry for entry in _late(scene) if owners.get(entry) == name]
    return Card("own_review", len(late), f"{HOME}/entries?{urlencode({'age': 'overdue', 'owner': name})}", own=True)


def _values(scene: Scene) -> Card:
    return Card("values", len(due(scene)), f"{HOME}/due-values")


def _conversations(scene: Scene, inbox: Inbox) -> Card:
    waiting, _ = inbox.counts(scene.account.answers) if scene.account else inbox.counts()
    return Card("conversations", waiting, f"{HOME}/inbox")


def _unanswered(scene: Scene) -> Card:
    asked = Unanswered(scene.store)
    _, count = asked.newest(scene.account.concerned) if scene.account else asked.newest()
    return Card("unanswered", count, f"{HOME}/questions")


def _copies(scene: Scene) -> Card:
    content, account = scene.compose.content, scene.account
    waiting = [copy for copy in scene.copies.all() if copy.state == WAITING]
    return Card("copies", sum(account is None or concerns(account, copy, content) for copy in waiting), f"{HOME}/reviews")


def _offices(scene: Scene) -> Card:
    due = to_ask(ServiceChecks(scene.store), scene.compose.content, scene.today, scene.account)
    return Card("offices", len(due), f"{HOME}/offices")


def _changes(scene: Scene) -> Card:
    content, account = scene.compose.content, scene.account
    services = {service.id: service for service in content.services}
    waiting = [services[row.service] for row in ServiceChecks(scene.store).waiting() if row.service in services]
    count = sum(account is None or account.within(None, area(content, service)) for service in waiting)
    return Card("changes", count, f"{HOME}/offices#waiting")


def due(scene: Scene) -> list[tuple[str, Value]]:
    """The values to check within sixty days that lie within somebody's limits, the most urgent first, each with the id of
    its entry (of its own, if it is shared)."""
    content, account = scene.compose.content, scene.account
    found = [(entry, value) for entry in {**content.entries, **holders(content)}.values() for value in entry.values]
    last = scene.today + SOON
    soon = [
        (value.review_by, entry.id, value)
        for entry, value in found
        if value.review_by
        and value.review_by <= last
        and (account is None or account.within(None, touched(entry, (value,))))
    ]
    return [(entry, value) for _, entry, value in sorted(soon, key=lambda item: (item[0], item[1], item[2].name))]


def add(console: APIRouter, front: Front, store: SqlStore, copies: Copies) -> None:
    """Adds /console and the values to check."""
    desk: Desk = front.desk

    def scene(account: Account) -> Scene:
        return Scene(store, copies, front.inbox, desk.compose, datetime.now(ROME).date(), account)

    @console.get("")
    def start(request: Request) -> Response:
        account = front.reader(request)
        locales = own_locales(account)
        now = scene(account)
        cards = work(now if account.may("answer_people") else replace(now, inbox=None), locales, account.name)
        cards.sort(key=lambda card: not card.count)  # on a telephone one sees the first two or three
        return front.page(request, "work.html", account, cards=cards, mine=[card for card in cards if card.locale or card.own],
                          others=[card for card in cards if not card.locale and not card.own])  # fmt: skip

    @console.get("/due-values")
    def due_values(request: Request) -> Response:
        account = front.reader(request)
        now, reader = scene(account), front.locale(request)
        shown = [(entry, "" if is_shared(entry) else desk.compose.title(entry, reader), value) for entry, value in due(now)]
        return front.page(
            request, "due_values.html", account, values=shown, shown=partial(_shown, desk, reader), today=now.today
        )


def _shown(desk: Desk, reader: str, value: Value) -> str:
    return desk.shown(value, reader)
