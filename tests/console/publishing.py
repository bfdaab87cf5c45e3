"""The two steps of publishing, as a person goes them: what is typed is looked over, then published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.console.house import House, hidden


def publish(house: House, address: str, fields: Mapping[str, str], browser: Any = None) -> Any:
    """Sends a form, and publishes what the next page shows; the answer of whichever step was the last."""
    browser = browser or house.browser
    done = browser.post(address, data=fields)
    if done.status_code != 303 or "/look" not in done.headers["location"]:
        return done
    look = done.headers["location"].partition("?")[0]
    page = browser.get(look).text
    sent = {name: hidden(page, name) for name in ("csrf", "number", "author")}
    return browser.post(look, data=sent | {"action": "publish"})
