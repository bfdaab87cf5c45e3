"""Fixtures of the console's tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.accounts import Accounts
from bot.store import migrate, open_store
from tests.console.house import DESK, OTHER, PASSWORD, House, content
from tests.console.served import served


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with content and accounts, made once: each test gets a copy of its own."""
    path = tmp_path_factory.mktemp("console") / "prepared.sqlite3"
    migrate(f"sqlite:///{path}")
    store = open_store(f"sqlite:///{path}")
    store.import_content(content())
    accounts = Accounts(store)
    for name, role in (("amina", "mediator"), ("vito", "viewer"), ("ada", "admin"), ("elena", "editor")):
        accounts.create(name, PASSWORD, role)
    store.engine.dispose()  # the last connection closes: SQLite folds its log into the one file that is copied
    return path


@pytest.fixture
def house(prepared: Path, tmp_path: Path) -> Iterator[House]:
    house = House(prepared, tmp_path)
    yield house
    house.store.engine.dispose()


@pytest.fixture
def base(house: House) -> Iterator[str]:
    """The address of the house for a real browser; bruno is a second mediator there."""
    Accounts(house.store).create("bruno", PASSWORD, "mediator")
    with served(house) as address:
        yield address


@pytest.fixture
def mediator(house: House) -> House:
    assert house.sign_in("amina") == 303
    return house


@pytest.fixture
def admin(house: House) -> House:
    assert house.sign_in("ada") == 303
    return house


@pytest.fixture(scope="session")
def with_offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("offices") / "prepared.sqlite3"
    migrate(f"sqlite:///{path}")
    store = open_store(f"sqlite:///{path}")
    store.import_content(replace(content(), services=(DESK, OTHER)))
    Accounts(store).create("amina", PASSWORD, "mediator")
    store.engine.dispose()
    return path


@pytest.fixture
def town(with_offices: Path, tmp_path: Path) -> Iterator[House]:
    house = House(with_offices, tmp_path)
    assert house.sign_in("amina") == 303
    yield house
    house.store.engine.dispose()
