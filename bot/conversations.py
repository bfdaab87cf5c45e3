"""Conversations of people with mediators, and requests for an appointment: verbs on their tables."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot import tables as t
from bot.model import BussolaError
from bot.roles import roles_that

TALK, APPOINTMENT = "talk", "appointment"
WAITING, CLAIMED, CLOSED = "waiting", "claimed", "closed"
PERSON, MEDIATOR, DESK = "person", "mediator", "desk"  # who writes; the desk is Bussola itself
UNSENT, SENT, REFUSED = "unsent", "sent", "refused"
IDLE = timedelta(days=30)  # after which a conversation that nobody closed is closed


@dataclass(frozen=True, slots=True)
class Conversation:
    """A person and a mediator, or a request for an appointment. `contact` says where answers are sent to, and for an
    appointment what is wanted; `unanswered` is since when the person has waited for a word, `told` the escalation of which
    mediators were told."""

    id: int
    kind: str
    session: str
    channel: str
    locale: str
    place: str | None
    entry: str | None
    state: str
    claimed_by: str | None
    opened: datetime
    last: datetime
    closed: datetime | None = None
    unanswered: datetime | None = None
    escalated: datetime | None = None
    told: datetime | None = None
    contact: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """What one side wrote. `delivery` is unsent, sent, refused, or None where the person comes to look."""

    id: int
    conversation: int
    author: str
    account: str | None
    text: str
    entry: str | None
    at: datetime
    delivery: str | None = None


class Database(Protocol):
    """What conversations need of the store."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that commits at the end, or not at all."""


class Seal(Protocol):
    """What makes texts unreadable in the database."""

    def seal(self, text: str) -> str:
        """`text`, sealed."""

    def unseal(self, sealed: str) -> str:
        """The text again."""


class NotYours(BussolaError):
    """Somebody else has this conversation, or it is closed or deleted."""

    def __init__(self) -> None:
        super().__init__("somebody else has this conversation, or it is closed", "inbox", "load the page again")


class Conversations:
    """All verbs; each is one transaction. `changes` counts the writes of this process, for those who wait for one."""

    def __init__(self, store: Database, seal: Seal, now: Callable[[], datetime] | None = None) -> None:
        self._store, self._seal = store, seal
        self.now = now or (lambda: datetime.now(UTC).replace(tzinfo=None))
        self.changes = 0
        self._counting = threading.Lock()
        # Built once: it runs with every message.
        mine = select(t.conversation).where(t.conversation.c.session == bindparam("session"))
        self._latest = mine.order_by(t.conversation.c.id.desc()).limit(1)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._store.transaction() as connection:
            yield connection
        with self._counting:
            self.changes += 1

    # ---- the person's side -------------------------------------------------------------------------------------------

    def open(self, session: str, channel: str, locale: str, place: str | None, entry: str | None,
             contact: Mapping[str, Any] | None = None) -> Conversation:  # fmt: skip
        """The open conversation of a session; a new one if there is none."""
        try:
            with self._writing() as connection:
                self._insert(connection, TALK, session, channel, locale, place, entry, contact or {})
        except IntegrityError:
            pass  # pressed twice: the table allows a session one open conversation
        found = self.of(session)
        if found is None:
            raise NotYours
        return found

    def request(self, locale: str, place: str | None, wanted: Mapping[str, Any]) -> int:
        """Keeps a request for an appointment; returns its number."""
        with self._writing() as connection:
            session = f"{APPOINTMENT}:{secrets.token_hex(16)}"
            return self._insert(connection, APPOINTMENT, session, "page", locale, place, None, wanted)

    def _insert(self, connection: Connection, kind: str, session: str, channel: str, locale: str, place: str | None,
                entry: str | None, contact: Mapping[str, Any]) -> int:  # fmt: skip
        now = self.now()
        made = connection.execute(
            insert(t.conversation).values(kind=kind, session=session, channel=channel, locale=locale, place=place, entry=entry,
                                          state=WAITING, opened=now, last=now, unanswered=now,
                                          contact=self._seal.seal(json.dumps(dict(contact)))))  # fmt: skip
        return int(made.inserted_primary_key[0])  # type: ignore[index]

    def of(self, session: str) -> Conversation | None:
        """The latest conversation of a session, open or closed; None when there is none."""
        with self._store.transaction() as connection:
            row = connection.execute(self._latest, {"session": session}).one_or_none()
        return self._conversation(row) if row else None

    def hear(self, conversation: Conversation, text: str, locale: str) -> None:
        """Keeps what the person wrote. Raises NotYours when the conversation was closed meanwhile."""
        now, this = self.now(), t.conversation.c
        with self._writing() as connection:
            changed = connection.execute(
                update(t.conversation)
                .where(this.id == conversation.id, this.state != CLOSED)
                .values(last=now, locale=locale, unanswered=func.coalesce(this.unanswered, now))
            )
            if not changed.rowcount:
                raise NotYours
            self._write(connection, conversation.id, PERSON, None, text, None)

    def leave(self, session: str) -> None:
        """Closes the open conversation of a session because its person goes back to the bot."""
        with self._writing() as connection:
            connection.execute(
                update(t.conversation)
                .where(t.conversation.c.session == session, t.conversation.c.state != CLOSED)
                .values(state=CLOSED, closed=self.now(), unanswered=None, escalated=None)
            )

    # ---- the mediator's side -----------------------------------------------------------------------------------------

    def claim(self, number: int, account: str, told: str = "") -> None:
        """Gives a waiting conversation to a mediator; `told` is what Bussola tells the person. Raises NotYours."""
        with self._writing() as connection:
            row = self._change(connection, number, account, "claim", t.conversation.c.state == WAITING,
                               state=CLAIMED, claimed_by=account)  # fmt: skip
            if row.kind == APPOINTMENT:  # there is nothing to write: whoever claims it makes the appointment
                connection.execute(
                    update(t.conversation).where(t.conversation.c.id == number).values(unanswered=None, escalated=None)
                )
            elif told:
                self._write(connection, number, DESK, None, told, None, UNSENT if row.channel != "web" else None)

    def reply(self, number: int, account: str, text: str, entry: str | None = None) -> None:
        """Keeps a mediator's words or the entry that they send. Raises NotYours."""
        with self._writing() as connection:
            row = self._change(connection, number, account, "reply", t.conversation.c.claimed_by == account,
                               unanswered=None, escalated=None, last=self.now())  # fmt: skip
            delivery = UNSENT if row.channel != "web" else None
            self._write(connection, number, MEDIATOR, account, text, entry, delivery)

    def transfer(self, number: int, account: str, to: str) -> None:
        """Gives a conversation to another mediator, who is waited for from now on. Raises NotYours."""
        if to not in self.colleagues():
            raise NotYours
        with self._writing() as connection:
            self._change(connection, number, account, "transfer", t.conversation.c.state == CLAIMED, claimed_by=to)

    def close(self, number: int, account: str, told: str = "") -> None:
        """Ends a conversation; `told` is what Bussola tells the person. Raises NotYours."""
        with self._writing() as connection:
            row = self._change(connection, number, account, "close", t.conversation.c.claimed_by == account,
                               state=CLOSED, closed=self.now(), unanswered=None, escalated=None)  # fmt: skip
            if told and row.kind == TALK:
                self._write(connection, number, DESK, None, told, None, UNSENT if row.channel != "web" else None)

    def _change(self, connection: Connection, number: int, account: str, action: str, only: Any, **values: Any) -> Any:
        """Changes an open conversation and writes the audit, without text; returns its row as it was before."""
        this = t.conversation.c
        row = connection.execute(select(t.conversation).where(this.id == number).with_for_update()).one_or_none()
        changed = connection.execute(
            update(t.conversation).where(this.id == number, this.state != CLOSED, only).values(**values)
        )
        if row is None or not changed.rowcount:
            raise NotYours
        detail = f"conversation {number}" + (f" to {values['claimed_by']}" if action == "transfer" else "")
        connection.execute(
            insert(t.audit).values(at=self.now(), account=account, action=action, locale=row.locale, detail=detail)
        )
        return row

    def colleagues(self) -> tuple[str, ...]:
        """The names of all accounts that may answer people."""
        this = t.account.c
        query = select(this.name).where(this.role.in_(roles_that("answer_people")), this.disabled.is_(False))
        with self._store.transaction() as connection:
            return tuple(connection.execute(query.order_by(this.name)).scalars())

    # ---- reading -----------------------------------------------------------------------------------------------------

    def get(self, number: int) -> Conversation | None:
        """A conversation by its number; None when there is none (any more)."""
        with self._store.transaction() as connection:
            row = connection.execute(select(t.conversation).where(t.conversation.c.id == number)).one_or_none()
        return self._conversation(row) if row else None

    def messages(self, number: int, after: int = 0) -> list[Message]:
        """The messages of a conversation with a number above `after`, oldest first."""
        this = t.message.c
        query = select(t.message).where(this.conversation == number, this.id > after).order_by(this.id)
        with self._store.transaction() as connection:
            return [self._message(row) for row in connection.execute(query)]

    def listed(self, closed: bool = False) -> list[Conversation]:
        """Open conversations: escalated first, then waiting, then by how long they wait; or the closed ones, newest first."""
        this = t.conversation.c
        order = [this.closed.desc()] if closed else [
            this.escalated.is_(None), this.state != WAITING, this.unanswered.is_(None), this.unanswered, this.last.desc()]  # fmt: skip
        query = select(t.conversation).where((this.state == CLOSED) == closed).order_by(*order).limit(200)
        with self._store.transaction() as connection:
            return [self._conversation(row) for row in connection.execute(query)]

    def counts(self, mine: Callable[[str, str | None], bool] = lambda locale, place: True) -> tuple[int, int]:
        """How many conversations wait for a mediator, and how many are escalated: of those that are `mine` by their locale
        and place."""
        this = t.conversation.c
        query = select(this.locale, this.place, this.state, this.escalated).where(this.state != CLOSED)
        with self._store.transaction() as connection:
            found = [row for row in connection.execute(query) if mine(row.locale, row.place)]
        return sum(row.state == WAITING for row in found), sum(row.escalated is not None for row in found)

    # ---- sending -----------------------------------------------------------------------------------------------------

    def undelivered(self, channel: str) -> list[tuple[Conversation, Message]]:
        """What is still to be sent through a channel, oldest first."""
        query = (
            select(t.message.c.id, t.message.c.conversation)
            .join(t.conversation, t.conversation.c.id == t.message.c.conversation)
            .where(t.message.c.delivery == UNSENT, t.conversation.c.channel == channel)
            .order_by(t.message.c.id)
        )
        found = []
        with self._store.transaction() as connection:
            for number, of in connection.execute(query).all():
                row = connection.execute(select(t.conversation).where(t.conversation.c.id == of)).one()
                message = connection.execute(select(t.message).where(t.message.c.id == number)).one()
                found.append((self._conversation(row), self._message(message)))
        return found

    def delivered(self, message: int, how: str = SENT) -> None:
        """Remembers that a message was sent, or refused for good."""
        with self._writing() as connection:
            connection.execute(update(t.message).where(t.message.c.id == message).values(delivery=how))

    # ---- time --------------------------------------------------------------------------------------------------------

    def escalate(self, minutes: int, counted: Callable[[datetime, datetime], float]) -> int:
        """Marks conversations whose person has waited for `minutes`; `counted` says how many of the minutes between two
        moments count. Returns how many were marked."""
        now, this = self.now(), t.conversation.c
        query = select(this.id, this.unanswered).where(
            this.state != CLOSED, this.escalated.is_(None), this.unanswered <= now - timedelta(minutes=minutes)
        )
        with self._store.transaction() as connection:
            late = [number for number, since in connection.execute(query) if counted(since, now) >= minutes]
        if late:
            with self._writing() as connection:
                connection.execute(update(t.conversation).where(this.id.in_(late)).values(escalated=now))
        return len(late)

    def untold(self) -> list[Conversation]:
        """Takes the escalated conversations of which nobody was told yet; each is taken once, by one process."""
        this = t.conversation.c
        untold = (
            (this.state != CLOSED) & this.escalated.is_not(None) & or_(this.told.is_(None), this.told != this.escalated)
        )
        taken = []
        with self._store.transaction() as connection:
            for row in connection.execute(select(t.conversation).where(untold).order_by(this.id)).all():
                now = update(t.conversation).where(this.id == row.id, untold).values(told=this.escalated)
                if connection.execute(now).rowcount:
                    taken.append(self._conversation(row))
        return taken

    def tell_again(self, number: int) -> None:
        """Forgets that somebody was told, because the letters did not go out."""
        with self._store.transaction() as connection:
            connection.execute(update(t.conversation).where(t.conversation.c.id == number).values(told=None))

    def forget(self, days: int) -> int:
        """Deletes what was closed `days` ago, and closes what has been silent for a month; returns how many were deleted."""
        now, this = self.now(), t.conversation.c
        with self._writing() as connection:
            old = connection.execute(select(this.id).where(this.closed <= now - timedelta(days=days))).scalars().all()
            _delete(connection, old)
            connection.execute(
                update(t.conversation)
                .where(this.state != CLOSED, this.last < now - IDLE)
                .values(state=CLOSED, closed=now, unanswered=None, escalated=None)
            )
        return len(old)

    # ---- rows --------------------------------------------------------------------------------------------------------

    def _write(self, connection: Connection, number: int, author: str, account: str | None, text: str, entry: str | None,
               delivery: str | None = None) -> None:  # fmt: skip
        connection.execute(
            insert(t.message).values(conversation=number, author=author, account=account, text=self._seal.seal(text),
                                     entry=entry, at=self.now(), delivery=delivery))  # fmt: skip

    def _conversation(self, row: Row[Any]) -> Conversation:
        found = dict(row._mapping)
        try:
            found["contact"] = json.loads(self._seal.unseal(row.contact))
        except ValueError:
            found["contact"] = {}  # sealed with a secret that is gone
        return Conversation(**found)

    def _message(self, row: Row[Any]) -> Message:
        return Message(**{**row._mapping, "text": self._seal.unseal(row.text)})


def _delete(connection: Connection, numbers: Sequence[int]) -> None:
    connection.execute(delete(t.message).where(t.message.c.conversation.in_(numbers)))
    connection.execute(delete(t.conversation).where(t.conversation.c.id.in_(numbers)))
