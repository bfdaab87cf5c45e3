"""A program that is killed while it publishes leaves no half edit, and none that it confirmed is lost."""

from __future__ import annotations

from pathlib import Path

from bot.store import open_store
from tests.killed import PHONE, faults, torture
from tests.small import COST, store


def test_killed_twenty_times_while_publishing(tmp_path: Path) -> None:
    found, editions = torture(tmp_path, 20, seed=20)
    assert found == []
    assert editions > 20  # each time at least one edition was confirmed


def test_the_check_sees_what_would_be_wrong(tmp_path: Path) -> None:
    opened = store(tmp_path)
    assert faults(opened, 1) == []
    assert faults(opened, 2) == ["revision 2 was confirmed and is lost: 1 stands"]
    for statement, fault in (
        ("UPDATE answer SET version = 2", f"{COST}/it: versions [1] while 2 stands"),
        (f"UPDATE entry SET version = 2 WHERE id = '{COST}'", f"{COST}: versions [1] while 2 stands"),
        (f"UPDATE entry SET version = 2 WHERE id = '{PHONE}'", f"{PHONE}: versions [1] while 2 stands"),
        (f"UPDATE passage SET live = 0 WHERE intent = '{COST}'", "passages [] for"),
        ("UPDATE state SET revision = 7", "revision 7"),
    ):
        with opened.engine.begin() as connection:
            connection.exec_driver_sql(statement)
        assert any(fault in line for line in faults(opened, 1))
        again = open_store(str(opened.engine.url))
        assert len(faults(again, 1)) >= 1
        again.engine.dispose()
    opened.engine.dispose()
