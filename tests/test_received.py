"""Which updates have been answered, in the real database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from bot import tables as t
from bot.received import ReceivedUpdates
from bot.rows import now
from tests.small import store

NONE, LONG = timedelta(0), timedelta(minutes=2)


def test_an_update_is_taken_once_and_an_abandoned_one_again(tmp_path: Path) -> None:
    opened = store(tmp_path)
    one, other = ReceivedUpdates(opened), ReceivedUpdates(opened)
    assert [one.take(5, LONG), other.take(5, LONG), other.take(5, NONE)] == ["new", "busy", "new"]
    one.done(5)
    assert [one.take(5, NONE), other.take(5, LONG)] == ["done", "done"]
    assert one.take(2**40, LONG) == "new"
    one.leave(2**40)
    assert other.take(2**40, LONG) == "new"
    one.leave(5)
    assert one.take(5, NONE) == "done"


def test_numbers_are_forgotten_after_two_days(tmp_path: Path) -> None:
    opened = store(tmp_path)
    for number in (1, 2):
        ReceivedUpdates(opened).take(number, LONG)
    with opened.transaction() as connection:
        old = update(t.telegram_update).where(t.telegram_update.c.id == 1)
        connection.execute(old.values(at=now() - timedelta(hours=49)))
    ReceivedUpdates(opened).take(3, LONG)
    with opened.transaction() as connection:
        assert list(connection.scalars(select(t.telegram_update.c.id).order_by(t.telegram_update.c.id))) == [2, 3]
