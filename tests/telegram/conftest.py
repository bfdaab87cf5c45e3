"""Fixtures of the Telegram door's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.telegram.desks import Desks, running
from tests.telegram.fake_bot_api import FakeBotApi


@pytest.fixture
def api() -> Iterator[FakeBotApi]:
    with FakeBotApi() as fake:
        yield fake


@pytest.fixture
def desks() -> Desks:
    return Desks()


@pytest.fixture
def opened(api: FakeBotApi, desks: Desks) -> Iterator[FakeBotApi]:
    with running(desks.door(api)):
        yield api
