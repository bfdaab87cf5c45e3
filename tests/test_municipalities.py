"""One server is the desk of many municipalities: what its file may say, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.model import BussolaError
from bot.settings import Settings
from connectors.web.app import create_app
from connectors.web.municipalities import Municipality, read
from tests.small import desk, store

TOWNS = """
comune-di-foggia:
  name: Comune di Foggia
  place: Foggia
  colour: "#7a2e3a"
  logo: sign.svg
  hours: Mo-Fr 09:00-12:00
  exit: https://www.example.it/meteo
  origins: [https://www.comune.example.it, "http://127.0.0.1:8080"]
bari:
  name: Bari
  place: Bari
"""
SIGN = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def _read(folder: Path, text: str) -> dict[str, Municipality]:
    path = folder / "towns.yml"
    path.write_text(text, encoding="utf-8")
    return dict(read(path, lambda name: {"Foggia": "foggia", "Bari": "bari"}.get(name)))


def _client(folder: Path, text: str = TOWNS) -> TestClient:
    (folder / "towns.yml").write_text(text, encoding="utf-8")
    (folder / "sign.svg").write_text(SIGN, encoding="utf-8")
    return TestClient(create_app(*desk(store(folder)), Settings(rate_limit=0, municipalities=folder / "towns.yml")))


def test_all_of_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "sign.svg").write_text(SIGN)
    found = _read(tmp_path, TOWNS)
    assert list(found) == ["comune-di-foggia", "bari"]
    assert found["comune-di-foggia"] == Municipality(
        "comune-di-foggia", "Comune di Foggia", "foggia", "#7a2e3a", tmp_path / "sign.svg", "Mo-Fr 09:00-12:00",
        "https://www.example.it/meteo", ("https://www.comune.example.it", "http://127.0.0.1:8080"),
    )  # fmt: skip
    assert read(None, lambda name: None) == {}


_START = "foggia:\n  name: Foggia\n  place: Foggia\n"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("- foggia\n", 1, "the file holds no names and values"),
        ("", 1, "the file holds no names and values"),
        ("foggia: [\n", 2, "not valid YAML"),
        ("\nfoggia:\n", 2, "foggia holds no names and values"),
        ("it:\n  name: x\n  place: Foggia\n", 1, "it: cannot be an address"),
        ("Foggia Città:\n  name: x\n  place: Foggia\n", 1, "Foggia Città: cannot be an address"),
        ("console:\n  name: x\n  place: Foggia\n", 1, "console: cannot be an address"),
        ("foggia:\n  name: Foggia\n", 1, "foggia: name or place is missing"),
        ("foggia:\n  name: Foggia\n  place: Atlantis\n", 3, "foggia: no place named 'Atlantis'"),
        ("foggia:\n  name: 7\n  place: Foggia\n", 2, "foggia: name is no text"),
        (_START + "  color: red\n", 4, "foggia: unknown word 'color'"),
        (_START + "  colour: #7a2e3a\n", 4, "foggia: colour is no text"),
        (_START + '  colour: "red"\n', 4, "foggia: 'red' is no colour"),
        (_START + '  colour: "#7a9fb5"\n', 4, "foggia: light letters on #7a9fb5 have a contrast of 2.4, and need 4.5"),
        (_START + '  colour: "#ffffff"\n', 4, "foggia: light letters on #ffffff have a contrast of 1.2, and need 4.5"),
        (_START + "  hours: every day\n", 4, "foggia: the hours 'every day' cannot be read"),
        (_START + "  origins: https://www.example.it\n", 4, "foggia: origins are not addresses"),
        (_START + "  origins: [https://www.example.it/page]\n", 4, "foggia: origins are not addresses"),
        (_START + "  exit: javascript:alert(1)\n", 4, "foggia: exit is no address"),
    ],
)
def test_a_fault_says_what_and_where(tmp_path: Path, text: str, line: int, what: str) -> None:
    with pytest.raises(BussolaError) as fault:
        _read(tmp_path, text)
    assert (fault.value.what, fault.value.where) == (what, f"{tmp_path / 'towns.yml'}:{line}")
    assert fault.value.todo


def test_a_logo_and_a_file_that_are_not_there_are_faults(tmp_path: Path) -> None:
    with pytest.raises(BussolaError, match=r"sign\.png cannot be the logo"):
        _read(tmp_path, _START + "  logo: sign.png\n")
    with pytest.raises(BussolaError, match="cannot be read: No such file"):
        read(tmp_path / "none.yml", lambda name: None)


def _shown(client: TestClient, municipality: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = client.get("/widget.json", params={"municipality": municipality}).json()[
        "municipality"
    ]
    return found


def test_the_widget_gets_what_people_see_of_a_municipality(tmp_path: Path) -> None:
    with _client(tmp_path) as client:
        assert _shown(client, "comune-di-foggia") == {
            "name": "Comune di Foggia",
            "place": "foggia",
            "colour": "#7a2e3a",
            "logo": "/comune-di-foggia/logo",
            "hours": "Mo-Fr 09:00-12:00",
            "open_now": True,
            "exit": "https://www.example.it/meteo",
        }
        assert _shown(client, "") is None and _shown(client, "lecce") is None


def test_a_municipality_has_a_page_and_a_logo_that_runs_nothing(tmp_path: Path) -> None:
    with _client(tmp_path) as client:
        assert '<bussola-desk data-page data-municipality="bari">' in client.get("/bari").text
        assert "data-municipality" not in client.get("/").text
        logo = client.get("/comune-di-foggia/logo")
        assert (logo.text, logo.headers["content-type"]) == (SIGN, "image/svg+xml")
        assert logo.headers["content-security-policy"].startswith("default-src 'none'")
        assert client.get("/bari/logo").status_code == 404 and client.get("/lecce").status_code == 404


def test_any_place_that_is_known_has_a_page_of_its_own(tmp_path: Path) -> None:
    with _client(tmp_path) as client:
        assert '<bussola-desk data-page data-place="foggia">' in client.get("/foggia").text
        assert '<bussola-desk data-page data-place="foggia">' in client.get("/Foggia").text
        assert client.get("/atlantide").status_code == 404


def test_its_own_pages_may_hold_the_widget_and_others_may_not(tmp_path: Path) -> None:
    with _client(tmp_path) as client:
        policy = client.get("/bari").headers["content-security-policy"]
        assert policy.endswith("frame-ancestors 'self' https://www.comune.example.it http://127.0.0.1:8080")
        for origin, allowed in (("https://www.comune.example.it", True), ("https://evil.example", False)):
            answer = client.get("/widget.json", headers={"Origin": origin})
            assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)


def test_no_cache_gives_one_site_what_was_meant_for_another(tmp_path: Path) -> None:
    ours = "https://www.comune.example.it"
    paths = ("/", "/it", "/desk.js", "/widget.json", "/titles.json", "/static/icons.svg", "/api/v1/entries", "/nowhere")
    with _client(tmp_path) as client:
        for path in paths:
            for headers in ({}, {"Origin": ours}, {"Origin": "https://evil.example"}):
                vary = client.get(path, headers=headers).headers["vary"].lower().replace(" ", "").split(",")
                assert vary.count("origin") == 1, (path, headers)
        leave = {
            "Origin": ours,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "Content-Type",
        }
        asked = client.options("/api/v1/messages", headers=leave)
        assert (asked.status_code, asked.headers["vary"].split(",")[0]) == (200, "Origin")
    with TestClient(create_app(*desk(store(tmp_path)), Settings(rate_limit=0))) as alone:  # where no other site may ask
        assert "origin" not in alone.get("/desk.js").headers.get("vary", "").lower()


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("urp@comune.foggia.it", "mailto:urp@comune.foggia.it"),
        ("https://www.comune.foggia.it/urp", "https://www.comune.foggia.it/urp"),
    ],
)
def test_the_accessibility_statement_says_whom_to_write_to(tmp_path: Path, contact: str, link: str) -> None:
    client = _client(tmp_path, f"foggia:\n  name: Comune di Foggia\n  place: Foggia\n  accessibility: {contact}\n")
    page = client.get("/it/accessibility?municipality=foggia").text
    assert f'Comune di Foggia: <a href="{link}">{contact}</a>' in page
    assert contact not in client.get("/it/accessibility").text


def test_a_contact_that_is_no_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BussolaError, match="accessibility is no address"):
        _client(tmp_path, "foggia:\n  name: Comune di Foggia\n  place: Foggia\n  accessibility: javascript:alert(1)\n")
