"""What offices say about their own record: a signed link that works once, "still true", or a change that waits."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot import tables as t
from bot.model import Service
from bot.rows import next_revision, now, write_audit
from bot.store import SqlStore

AGAIN, VALID = timedelta(days=90), timedelta(days=60)
FIELDS = ("address", "phone", "email", "website", "hours")
Seal = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link says: which office, and how often it had answered when the link was made."""

    service: str
    round: int


class ServiceChecks:
    """The answers of offices. Methods that write say so."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def due(self, services: Sequence[Service], today: date) -> list[Service]:
        """The offices to ask: not confirmed for ninety days, and no change of theirs waits."""
        waiting = {row.service for row in self.waiting()}
        return [service for service in services
                if service.id not in waiting and (service.checked is None or service.checked <= today - AGAIN)]  # fmt: skip

    def tokens(self, services: Sequence[Service], today: date, seal: Seal) -> dict[str, str]:
        """A link's token for each office. It works once, for sixty days."""
        with self._store.engine.connect() as connection:
            rounds = _rounds(connection, [service.id for service in services])
        return {
            service.id: _token(f"{service.id} {rounds.get(service.id, 0)} {today.toordinal()}", seal)
            for service in services
        }

    def open(self, token: str, today: date, seal: Seal) -> Invitation | None:
        """What a token says; None when it is not ours, too old or used."""
        said = _read(token, seal)
        if said is None:
            return None
        service, number, day = said.split(" ")
        with self._store.engine.connect() as connection:
            used = _rounds(connection, [service]).get(service, 0) != int(number)
        fresh = 0 <= today.toordinal() - int(day) <= VALID.days
        return None if used or not fresh else Invitation(service, int(number))

    def answer(self, invitation: Invitation, changes: Mapping[str, str | None], note: str) -> bool:
        """Writes what an office said: that all is true (no changes, no note; people read it at once), or what has changed.
        False when the link has been used meanwhile."""
        state = "waiting" if changes or note else "true"
        try:
            with self._store.transaction() as connection:
                if state == "true":
                    next_revision(connection)
                connection.execute(
                    insert(t.service_check).values(service=invitation.service, round=invitation.round, at=now(), state=state,
                                                   changes=dict(changes), note=note[:1000])
                )  # fmt: skip
                write_audit(connection, "office", f"record {state}", None, None, invitation.service)
        except IntegrityError:
            return False
        return True

    def waiting(self) -> list[Any]:
        """The changes that nobody has decided on: rows of tables.service_check, oldest first."""
        query = select(t.service_check).where(t.service_check.c.state == "waiting").order_by(t.service_check.c.id)
        with self._store.engine.connect() as connection:
            return list(connection.execute(query).all())

    def decide(self, number: int, author: str, changes: Mapping[str, str | None] | None) -> bool:
        """Accepts a change, as `changes` has it now, or refuses it (None). False when somebody has decided already."""
        this = (t.service_check.c.id == number) & (t.service_check.c.state == "waiting")
        state = "refused" if changes is None else "accepted"
        with self._store.transaction() as connection:
            next_revision(connection)
            service = connection.execute(select(t.service_check.c.service).where(this)).scalar()
            decided = {"state": state, "decided_by": author, "decided_at": now()}
            kept = {} if changes is None else {"changes": dict(changes)}
            done = connection.execute(update(t.service_check).where(this).values(**decided, **kept)).rowcount
            if done:
                write_audit(connection, author, f"{state} change of office", None, None, str(service))
        return bool(done)


def _rounds(connection: Connection, services: Sequence[str]) -> dict[str, int]:
    count = func.count().label("answered")
    query = select(t.service_check.c.service, count).where(t.service_check.c.service.in_(services))
    return {row.service: row.answered for row in connection.execute(query.group_by(t.service_check.c.service))}


def _token(said: str, seal: Seal) -> str:
    packed = base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")
    return f"{packed}.{seal(said)[:40]}"


def _read(token: str, seal: Seal) -> str | None:
    packed, _, signature = token.partition(".")
    try:
        said = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    right = hmac.compare_digest(signature.encode(), seal(said)[:40].encode())
    return said if right and said.count(" ") == 2 else None
