"""Replies to messages that may come again: for some minutes, so that a message that arrives twice is answered once,
whichever process it reaches, and after a restart too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot import tables as t
from bot.cipher import Cipher
from bot.ports import Taken
from bot.rows import now as utc
from bot.store import SqlStore

KEPT = timedelta(minutes=10)


class AnsweredMessages:
    """A reply is sealed with the key that its message came with and that nobody keeps: only who has sent it can read it."""

    def __init__(self, store: SqlStore, now: Callable[[], datetime] = utc) -> None:
        self._store, self._now = store, now
        self._insert = postgresql.insert if store.engine.dialect.name == "postgresql" else sqlite.insert

    def take(self, name: str, key: str, patience: timedelta) -> tuple[Taken, str]:
        """Takes a message: "new" when it is to be answered now, "done" with the reply when it has been, "busy" when somebody
        began less than `patience` ago. Raises BussolaError."""
        at, row = self._now(), t.answered_message
        with self._store.transaction() as connection:
            put = self._insert(row).values(name=name, at=at).on_conflict_do_nothing()
            if connection.execute(put).rowcount:
                return "new", ""
            given_up = (row.c.at <= at - KEPT) | (row.c.reply.is_(None) & (row.c.at <= at - patience))
            again = update(row).where(row.c.name == name, given_up).values(at=at, reply=None, session=None)
            if connection.execute(again).rowcount:
                return "new", ""
            reply = connection.execute(select(row.c.reply).where(row.c.name == name)).scalar()
        return ("done", Cipher("replies", key.encode()).unseal(reply)) if reply else ("busy", "")

    def done(self, name: str, key: str, session: str, reply: str) -> None:
        """Keeps the reply; it goes when its session is forgotten. Raises BussolaError."""
        row, sealed = t.answered_message, Cipher("replies", key.encode()).seal(reply)
        with self._store.transaction() as connection:
            connection.execute(update(row).where(row.c.name == name).values(reply=sealed, session=session))

    def leave(self, name: str) -> None:
        """Gives back a message that was not answered: when it comes again it is new. Raises BussolaError."""
        row = t.answered_message
        with self._store.transaction() as connection:
            connection.execute(delete(row).where(row.c.name == name, row.c.reply.is_(None)))
