"""Fixtures that several files share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.build import Bussola, build
from bot.settings import Settings

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that Bussola may write, shared by the tests that need the whole program."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="session")
def bussola(data: Path) -> Iterator[Bussola]:
    """The whole program on the repository's real content, with the shipped encoder."""
    made = build(Settings(data=data, rate_limit=0))
    yield made
    made.store.engine.dispose()
    sys.stdout.flush()
