"""Fixtures of the tests of conversations with mediators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.accounts import Accounts
from tests.handoff.people import PASSWORD, People
from tests.small import store


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with content and accounts, made once: each test gets a copy of its own."""
    opened = store(folder := tmp_path_factory.mktemp("handoff"))
    accounts = Accounts(opened)
    for name, role in (("amina", "mediator"), ("bruno", "admin"), ("vito", "viewer")):
        accounts.create(name, PASSWORD, role)
    opened.engine.dispose()  # the last connection closes: SQLite folds its log into the one file that is copied
    return folder / "bussola.sqlite3"


@pytest.fixture
def people(prepared: Path, tmp_path: Path) -> Iterator[People]:
    made = People(prepared, tmp_path)
    yield made
    made.store.engine.dispose()
