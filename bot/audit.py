"""The audit log: who did what and when, to read and to take away."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from bot import tables as t
from bot.accounts import Database

PAGE = 100
_MOST = 50_000
# A spreadsheet takes a cell that begins like this for a formula, and would run it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the log."""

    at: datetime
    account: str
    action: str
    entry: str
    locale: str
    detail: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for in the log; empty means everything."""

    account: str = ""
    entry: str = ""
    action: str = ""


class Audit:
    """Reads the log; nobody changes it."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def deeds(self, wanted: Wanted, page: int = 1) -> tuple[list[Deed], int]:
        """A page of deeds, the latest first, and how many there are in all."""
        with self._store.transaction() as connection:
            count = connection.execute(select(func.count()).select_from(t.audit).where(*_fitting(wanted))).scalar_one()
            query = select(t.audit).where(*_fitting(wanted)).order_by(t.audit.c.id.desc())
            rows = connection.execute(query.limit(PAGE).offset((max(page, 1) - 1) * PAGE)).all()
        return [_deed(row) for row in rows], int(count)

    def names(self) -> tuple[list[str], list[str]]:
        """Every account and every action that the log knows."""
        with self._store.transaction() as connection:
            accounts = connection.execute(select(t.audit.c.account).distinct().order_by(t.audit.c.account)).scalars()
            actions = connection.execute(select(t.audit.c.action).distinct().order_by(t.audit.c.action)).scalars()
            return list(accounts), list(actions)

    def table(self, wanted: Wanted) -> str:
        """The deeds as CSV, the latest first (at most 50,000), safe to open in a spreadsheet."""
        with self._store.transaction() as connection:
            query = select(t.audit).where(*_fitting(wanted)).order_by(t.audit.c.id.desc()).limit(_MOST)
            deeds = [_deed(row) for row in connection.execute(query)]
        return written(
            [("when (UTC)", "account", "action", "entry", "language", "detail")]
            + [(f"{deed.at:%Y-%m-%d %H:%M:%S}", deed.account, deed.action, deed.entry, deed.locale, deed.detail) for deed in deeds]
        )  # fmt: skip


def written(rows: Iterable[Iterable[str]]) -> str:
    """Rows as CSV for spreadsheets; what would be a formula gets an apostrophe before it and stays a text."""
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else cell


def _fitting(wanted: Wanted) -> list[ColumnElement[bool]]:
    pairs = ((t.audit.c.account, wanted.account), (t.audit.c.action, wanted.action))
    found = [column == text for column, text in pairs if text]
    return [*found, t.audit.c.entry.contains(wanted.entry, autoescape=True)] if wanted.entry else found


def _deed(row: object) -> Deed:
    return Deed(row.at, row.account, row.action, row.entry or "", row.locale or "", row.detail or "")  # type: ignore[attr-defined]
