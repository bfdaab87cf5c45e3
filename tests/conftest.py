"""Fixtures that several files share."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from bot.build import Bussola, build
from bot.knowledge import load
from bot.model import Content
from bot.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
_LEARNT = ("tests/test_cli.py", "tests/test_conversations.py", "tests/test_training.py")
_WRITTEN = ("tests/test_content.py", "tests/test_translations.py", "tests/test_safety.py", "tests/test_places.py",
            "tests/test_language.py", "tests/widget/test_paper.py")  # fmt: skip
# These begin first, as they end last.
_LONGEST = (*_LEARNT, "tests/test_nlu.py", "tests/console/test_every_page.py", "tests/widget/test_axe.py")


def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores: many tests wait for a browser or a server."""
    return (os.cpu_count() or 1) + 2


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each file in one process, for what its tests share; those that need the whole program all in the same one, as
    learning it takes minutes, and those that read all content, which takes seconds. In the order of the items: otherwise files with few tests would come last, however long."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            return "learnt" if file in _LEARNT else "written" if file in _WRITTEN else file

    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that no process is still at one when the others have nothing left to do."""
    items.sort(key=lambda item: item.nodeid.split("::")[0] not in _LONGEST)


@pytest.fixture(scope="session")
def written() -> Content:
    """What the repository's files say. To read it takes seconds."""
    return load(ROOT).content


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


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium that Playwright can drive. Without one, or without Playwright, tests that need it are
    skipped; in CI they fail, so that nobody believes that they ran."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return without("Playwright is missing: pip install playwright")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        with sync_playwright() as playwright:
            own = Path(playwright.chromium.executable_path)
        found = str(own) if own.exists() else None
    return found or without("Chromium is missing: apt-get install chromium, or playwright install chromium")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium, driven by Playwright: one for each file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


def without(reason: str) -> NoReturn:
    """Skips a test for what this machine lacks, or fails it in CI, so that nobody believes that it ran."""
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(reason)
    pytest.skip(reason)
