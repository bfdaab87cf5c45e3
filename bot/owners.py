"""Who looks after an entry. Colleagues see it, people never do: it is not published, and not in the files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, select, update

from bot import tables as t
from bot.model import BussolaError
from bot.roles import roles_that
from bot.rows import write_audit


class Database(Protocol):
    """What owners need of the store."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that commits at the end, or not at all."""


class Owners:
    """Reads and writes who looks after what. Every method is one transaction."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def all(self) -> Mapping[str, str]:
        """The owner of each entry that has one. Who may no longer edit looks after nothing."""
        with self._store.transaction() as connection:
            query = select(t.entry.c.id, t.entry.c.owner).where(t.entry.c.owner.in_(_able(connection)))
            return {row.id: row.owner for row in connection.execute(query)}

    def able(self) -> list[str]:
        """The accounts that may edit, by name."""
        with self._store.transaction() as connection:
            return _able(connection)

    def give(self, entry: str, owner: str, account: str) -> None:
        """Notes that `owner` (empty: nobody) looks after an entry. Raises BussolaError for an entry that is not there
        and for an owner who may not edit."""
        with self._store.transaction() as connection:
            if owner and owner not in _able(connection):
                raise BussolaError(f"{owner} may not edit", entry, "choose somebody who may")
            changed = update(t.entry).where(t.entry.c.id == entry).values(owner=owner or None)
            if not connection.execute(changed).rowcount:
                raise BussolaError("there is no such entry", entry, "choose one from the list")
            write_audit(connection, account, "change owner", entry, None, owner)


def _able(connection: Connection) -> list[str]:
    query = select(t.account.c.name).where(t.account.c.role.in_(roles_that("edit")), ~t.account.c.disabled)
    return list(connection.execute(query.order_by(t.account.c.name)).scalars())
