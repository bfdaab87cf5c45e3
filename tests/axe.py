"""axe-core for browser tests: what is against WCAG 2.2 A and AA on a page as it stands."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import without

if TYPE_CHECKING:
    from playwright.sync_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@lru_cache
def script() -> str:
    """The source of axe-core, from the package axe-playwright-python. Without it the test is skipped; in CI it fails."""
    try:
        import axe_playwright_python as package
    except ImportError:
        without("axe-core is missing: pip install axe-playwright-python")
    return (Path(str(package.__file__)).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Every violation: its rule, and where it is."""
    page.evaluate(script())  # by the debugger, which no content policy of the page's hinders
    found = page.evaluate("rules => axe.run({runOnly: rules})", _RULES)
    assert len(found["passes"]) >= 5  # it looked
    return [f"{item['id']}: {node['html'][:160]}" for item in found["violations"] for node in item["nodes"]]
