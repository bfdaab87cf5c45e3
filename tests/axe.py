"""axe-core for browser tests: what is against WCAG 2.2 A and AA on a page as it stands."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import without

if TYPE_CHECKING:
    from playwright.sync_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Only what is told comes back from the browser: the whole of it is megabytes. No rule that runs here needs the style sheets
# (`preload`), which are half of the time.
_LOOK = """async rules => {
  const found = await axe.run({runOnly: rules, resultTypes: ['violations'], preload: false, selectors: false})
  return [found.passes.length, found.violations.flatMap(item => item.nodes.map(node => `${item.id}: ${node.html.slice(0, 160)}`))]
}"""


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
    if not page.evaluate("'axe' in window"):
        page.evaluate(script())  # by the debugger, which no content policy of the page's hinders
    looked, found = page.evaluate(_LOOK, _RULES)
    assert looked >= 5
    return [str(fault) for fault in found]
