"""Which of Telegram's updates have been answered: kept in the database, so that a restart answers nothing twice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot import tables as t
from bot.ports import Taken
from bot.rows import now
from bot.store import SqlStore

_KEPT = timedelta(hours=48)  # Telegram itself keeps an update for 24 hours: what is older cannot come again
_EVERY = 500  # updates between two looks for what is too old


class ReceivedUpdates:
    """The numbers of updates, without any words: taken when the work on one begins, done when it has been answered."""

    def __init__(self, store: SqlStore) -> None:
        self._store, self._taken = store, 0
        self._insert = postgresql.insert if store.engine.dialect.name == "postgresql" else sqlite.insert

    def take(self, number: int, patience: timedelta) -> Taken:
        """Takes an update: "new" when it is to be answered now, "done" when it has been, "busy" when another process took
        it less than `patience` ago. One that a process took and never answered is new again. Raises BussolaError."""
        at, row = now(), t.telegram_update
        with self._store.transaction() as connection:
            if self._taken % _EVERY == 0:
                connection.execute(delete(row).where(row.c.at < at - _KEPT))
            self._taken += 1
            put = self._insert(row).values(id=number, at=at, done=False).on_conflict_do_nothing()
            if connection.execute(put).rowcount:
                return "new"
            left = (row.c.id == number, row.c.done.is_(False), row.c.at <= at - patience)
            if connection.execute(update(row).where(*left).values(at=at)).rowcount:
                return "new"
            return "done" if connection.execute(select(row.c.done).where(row.c.id == number)).scalar() else "busy"

    def done(self, number: int) -> None:
        """Remembers that an update has been answered. Raises BussolaError."""
        row = t.telegram_update
        with self._store.transaction() as connection:
            connection.execute(update(row).where(row.c.id == number).values(done=True))

    def leave(self, number: int) -> None:
        """Gives back an update that was taken and not answered: whoever sees it next answers it. Raises BussolaError."""
        row = t.telegram_update
        with self._store.transaction() as connection:
            connection.execute(delete(row).where(row.c.id == number, row.c.done.is_(False)))
