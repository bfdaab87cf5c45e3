"""The widget's weight in every language: bodies as they travel, compressed."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from bot.locales import LOCALES
from bot.settings import Settings
from connectors.web.app import create_app
from tests.conftest import ROOT
from tests.small import desk, store
from tests.widget.test_axe import in_every_locale

_SHARED = (
    "/",
    "/widget.js",
    "/desk.js",
    "/static/widget.css",
    "/static/tokens.css",
    "/static/icons.svg",
    "/static/home.css",
)


def test_in_every_language_the_page_weighs_less_than_30_kilobytes(tmp_path: Path) -> None:
    opened = store(tmp_path, in_every_locale())
    with TestClient(create_app(*desk(opened, translations=ROOT / "translations"), Settings(rate_limit=0))) as client:

        def weight(path: str) -> int:
            with client.stream("GET", path) as response:
                return sum(map(len, response.iter_raw()))

        shared = sum(map(weight, _SHARED))
        weights = {tag: shared + weight(f"/widget.json?locale={tag}") for tag in LOCALES}
        spoken = {client.get(f"/widget.json?locale={tag}").json()["locale"] for tag in LOCALES}
    opened.engine.dispose()
    assert spoken == set(LOCALES)
    assert {tag: size for tag, size in weights.items() if not 20_000 < size < 30_000} == {}
