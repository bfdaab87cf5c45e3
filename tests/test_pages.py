"""The pages without JavaScript: each in its own language, found by people and by crawlers, with nothing that runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from bot.locales import LOCALES
from bot.model import Answer, Content
from bot.settings import Settings
from connectors.web import written
from connectors.web.app import create_app
from tests.small import COST, RENEW, VIOLENCE, content, desk, store

HOME = "https://desk.example.org"
STATIC = Path(__file__).parent.parent / "connectors/web/static"
STEPS = "Prima:\n3. Vada qui\n4. Chiami il {phone_112}\n- Sì & <b>no</b>"
_SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def _content() -> Content:
    """The small desk, with an entry that has a list, a phone number and characters that HTML would take for markup."""
    said = content()
    awkward = Answer(COST, "it", "Costa <troppo>?", "Paghi </script><script>alert(1)</script>.", {"steps": STEPS})
    return replace(said, answers={**said.answers, (COST, "it"): awkward})


def _client(folder: Path, said: Content | None = None, **settings: Any) -> TestClient:
    app = create_app(*desk(store(folder, said or _content())), Settings(rate_limit=0, **settings))
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with _client(tmp_path, public_url=HOME) as made:
        yield made


def _page(client: TestClient, path: str, status: int = 200, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    return response.text


def _main(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


def _hreflang(page: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page))


def _data(page: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)]


def _entries(page: str) -> list[str]:
    return re.findall(r'<li><a href="(/[a-z]+/[a-z]+/[^"]+)"><bdi>', _main(page))


def _linked(client: TestClient) -> list[str]:
    """Every address of the sitemap."""
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    return [str(place.text) for place in tree.findall("s:url/s:loc", _SITEMAP)]


@pytest.mark.parametrize(
    ("locale", "dir", "title"), [("it", "ltr", "Rinnovare il permesso"), ("ar", "rtl", "تجديد تصريح الإقامة")]
)
def test_an_entry_stands_in_its_language_and_direction(client: TestClient, locale: str, dir: str, title: str) -> None:
    page = _page(client, f"/{locale}/{RENEW}")
    assert page.startswith(f'<!doctype html>\n<html lang="{locale}" dir="{dir}">')
    assert f'<h1 lang="{locale}" dir="{dir}">{title}</h1>' in page and f"<title>{title} · Bussola</title>" in page
    assert "Not yet confirmed by a mediator." in _main(page)
    assert 'href="https://example.org/renew"' in page and re.search(r"page of \S+ 2019", page)
    assert f'<a href="/{locale}/{COST}">' in page  # a related entry


def test_the_same_page_in_other_locales_is_named_by_hreflang_and_by_their_own_names(client: TestClient) -> None:
    page = _page(client, f"/en/{RENEW}")
    assert _hreflang(page) == {tag: f"{HOME}/{tag}/{RENEW}" for tag in ("it", "en", "ar")}
    assert f'<link rel="canonical" href="{HOME}/en/{RENEW}">' in page
    names = dict(re.findall(r'<li><a href="/\w+/[^"]+" lang="(\w+)"[^>]*>([^<]+)</a>', page))
    assert names == {tag: LOCALES[tag].name for tag in ("it", "en", "ar")}
    assert _hreflang(_page(client, f"/it/{COST}")) == {"it": f"{HOME}/it/{COST}"}
    assert _hreflang(_page(client, "/ar")) == {
        **{tag: f"{HOME}/{tag}" for tag in ("it", "en", "ar")},
        "x-default": f"{HOME}/",
    }


def test_an_entry_that_is_not_written_in_a_language_says_so_and_points_to_where_it_is(client: TestClient) -> None:
    page = _page(client, f"/ar/{COST}")
    assert '<html lang="ar" dir="rtl">' in page and '<h1 lang="it" dir="ltr">' in page
    assert "This answer is not yet written in your language." in page
    assert f'<link rel="canonical" href="{HOME}/it/{COST}">' in page


def test_linked_data_holds_question_answer_and_service(client: TestClient) -> None:
    found, service = _data(_page(client, f"/it/{RENEW}?place=foggia"))
    assert (found["@type"], found["inLanguage"], found["creativeWorkStatus"]) == ("FAQPage", "it", "unconfirmed")
    question = found["mainEntity"][0]
    assert (question["@type"], question["name"]) == ("Question", "Rinnovare il permesso")
    text = question["acceptedAnswer"]["text"]
    assert text.startswith("Chieda il rinnovo almeno \u206860 giorni\u2069 prima.") and "vecchio permesso" in text
    assert (service["@type"], service["name"], service["areaServed"][0]["name"]) == (
        "GovernmentService",
        "Rinnovare il permesso",
        "Puglia",
    )
    assert service["availableChannel"][0]["serviceLocation"]["name"] == "Desk in Foggia"
    assert [item["@type"] for item in _data(_page(client, f"/it/{VIOLENCE}"))] == ["FAQPage"]


def test_lists_are_lists_numbers_can_be_called_and_markup_stays_text(client: TestClient) -> None:
    page = _page(client, f"/it/{COST}")
    assert "<p>Prima:</p>" in page and '<ol start="3">' in page and "<li>Vada qui</li>" in page
    assert '<li>Chiami il <a class="number" href="tel:112"><bdi dir="ltr">112</bdi></a></li>' in page
    assert "<li>Sì &amp; &lt;b&gt;no&lt;/b&gt;</li>" in page and "Costa &lt;troppo&gt;?" in page
    assert _data(page)[0]["mainEntity"][0]["acceptedAnswer"]["text"].startswith("Paghi </script><script>alert(1)")


def test_offices_near_a_town(client: TestClient) -> None:
    bare, near = _page(client, f"/it/{RENEW}"), _page(client, f"/it/{RENEW}?place=Foggia")
    assert "Desk in Foggia" not in bare and '<label for="place">Tell me your town' in bare
    assert "Desk in Foggia" in near and 'href="tel:0881123456"' in near and "lun" in near
    assert f'href="/it/{COST}?place=foggia"' in near  # the town goes along
    assert "I know the offices of Puglia and Campania." in _page(client, f"/it/{RENEW}?place=Atlantis")
    assert 'id="place"' not in _page(client, f"/it/{VIOLENCE}")


def test_the_sheet_of_paper_has_the_pages_own_address_as_a_qr_code(client: TestClient) -> None:
    page = _page(client, f"/it/{RENEW}?place=foggia&from=poster")
    own = f"{HOME}/it/{RENEW}?place=foggia"
    assert str(written.qr(own)) in page and f">{own}</figcaption>" in page
    assert written.qr(own) != written.qr(f"{HOME}/it/{RENEW}")
    style = (STATIC / "pages.css").read_text(encoding="utf-8")
    assert "@page { size: A4" in style and ".paper { display: block" in style.partition("@media print")[2]


def test_the_start_lists_all_topics_and_entries(client: TestClient) -> None:
    page = _page(client, "/it")
    assert '<html lang="it" dir="ltr">' in page
    assert _entries(page) == [f"/it/{entry}" for entry in ("emergency/emergency-numbers", VIOLENCE, COST, RENEW)]
    assert '<form class="search" role="search" method="get" action="/it">' in page
    assert 'id="legal"' in page and 'href="#legal"' in page


def test_search_finds_as_the_assistant_ranks(client: TestClient) -> None:
    page = _page(client, "/en", 200) and _page(client, "/en?q=quanto+costa+il+permesso")
    ranked = client.get("/api/v1/search", params={"q": "quanto costa il permesso"}).json()["candidates"]
    assert _entries(page)[0] == f"/en/{ranked[0]['entry']}" == f"/en/{COST}"
    assert 'value="quanto costa il permesso"' in page and '<meta name="robots" content="noindex">' in page
    nothing = _page(client, "/en?q=%22%3E%3Cscript%3Exyzzy")
    assert "No entry fits." in nothing and len(_entries(nothing)) == 4 and "<script>" not in nothing
    assert len(_page(client, "/it?q=" + "a" * 9000)) > 1000


def test_somebody_in_danger_who_searches_gets_the_numbers_first(client: TestClient) -> None:
    main = _main(_page(client, "/it?q=mio+marito+mi+picchia"))
    assert 0 < main.index("In danger now: call") < main.index('href="tel:1522"')
    assert "In danger now" not in _page(client, "/it?q=quanto+costa+il+permesso")


@pytest.mark.parametrize("path", ["/it/legal/gone", "/it/legal", "/it/a/b/c"])
def test_what_is_not_there_is_a_page_in_the_readers_language(client: TestClient, path: str) -> None:
    page = _page(client, path, 404)
    assert '<html lang="it"' in page and "<h1>This page does not exist</h1>" in page and 'href="/it"' in page


def test_outside_the_pages_browsers_get_a_page_and_programs_the_error_body(client: TestClient) -> None:
    assert '<html lang="ar" dir="rtl">' in _page(
        client, "/nowhere", 404, **{"Accept": "text/html", "Accept-Language": "xx, ar-EG;q=0.9"}
    )
    assert '<html lang="en"' in _page(client, "/bn", 404)  # which this desk does not speak: the nearest
    assert client.get("/nowhere").json()["error"]["where"] == "/nowhere"
    assert client.get("/api/v1/gone", headers={"Accept": "text/html"}).json()["error"]["where"] == "/api/v1/gone"
    assert client.get("/api/v1/messages").status_code == 405


def test_the_sitemap_lists_every_page_with_its_other_locales(client: TestClient) -> None:
    said = _content()
    pages = {f"{HOME}/{tag}" for tag in said.locales()} | {f"{HOME}/{tag}/{entry}" for entry, tag in said.answers}
    found = _linked(client)
    assert len(found) == len(set(found)) == 9 and set(found) == pages
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    others = {
        str(url.findtext("s:loc", None, _SITEMAP)): {str(link.get("href")) for link in url.findall("x:link", _SITEMAP)}
        for url in tree
    }
    assert others[f"{HOME}/en/{RENEW}"] == {f"{HOME}/{tag}/{RENEW}" for tag in ("it", "en", "ar")}
    assert [client.get(address.removeprefix(HOME)).status_code for address in found] == [200] * 9
    robots = client.get("/robots.txt").text
    assert f"Sitemap: {HOME}/sitemap.xml" in robots and "Disallow: /console\n" in robots


def test_nothing_on_any_page_runs_and_nothing_is_inline(client: TestClient) -> None:
    paths = [address.removeprefix(HOME) for address in _linked(client)]
    paths += [f"/it/{RENEW}?place=foggia", "/it?q=picchia", "/it/gone"]
    assert len(paths) == 12
    for path in paths:
        response = client.get(path)
        page = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", response.text)
        assert "<script" not in page and "<style" not in page and "javascript:" not in page
        assert re.findall(r"<[^>]+\s(?:style|on\w+)=", page) == []
        assert "script-src 'self'; style-src 'self'" in response.headers["Content-Security-Policy"]
        assert "set-cookie" not in response.headers
        assert set(re.findall(r'(?:src|<link rel="stylesheet" href)="([^"]+)"', page)) == {
            "/static/tokens.css",
            "/static/pages.css",
        }


def test_without_the_setting_the_address_is_what_the_browser_asked(tmp_path: Path) -> None:
    with _client(tmp_path) as client:
        assert 'hreflang="ar" href="http://testserver/ar/' in _page(client, f"/it/{RENEW}")
        assert "evil" not in _page(client, f"/it/{RENEW}", Host='evil"><b>')
        assert client.get(f"/it/{RENEW}", headers={"Host": "a" * 4000}).status_code == 400


def test_a_confirmed_answer_says_so(tmp_path: Path) -> None:
    said = _content()
    sure = replace(said.answers[RENEW, "it"], state="confirmed", confirmed_by="Sara", confirmed_on=date(2026, 11, 23))
    with _client(tmp_path, replace(said, answers={**said.answers, (RENEW, "it"): sure})) as client:
        page = _page(client, f"/it/{RENEW}")
        assert "A cultural mediator confirmed this on" in page and "Not yet confirmed" not in page
        assert _data(page)[0]["creativeWorkStatus"] == "confirmed"


def test_the_widgets_page_leads_to_every_locale_without_javascript() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    without = page.partition("<noscript")[2].partition("</noscript>")[0]
    found = re.findall(r'<a href="/(\w+)" lang="(\w+)" hreflang="\w+"(?: dir="(\w+)")?>([^<]+)</a>', without)
    assert found == [(tag, tag, "rtl" if each.dir == "rtl" else "", each.name) for tag, each in LOCALES.items()]


def test_hours_and_days_in_every_locale() -> None:
    assert written.hours("Mo-Fr 09:00-12:00; Sa 10:00-11:00,14:00-15:00", "it", "") == (
        "lun–ven \u206609:00–12:00\u2069 · sab \u206610:00–11:00, 14:00–15:00\u2069"
    )
    assert written.hours("24/7", "it", "sempre") == "sempre"
    assert [written.hours(text, "it", "") for text in (None, "", "Mo-Fr by appointment", "PH off")] == [None] * 4
    assert [written.day(iso, "it") for iso in ("2019", "2019-04", "2019-04-08", "spring")] == [
        "2019",
        "aprile 2019",
        "8 aprile 2019",
        "spring",
    ]
    for tag in LOCALES:
        assert "2019" in written.day("2019-04", tag) and written.hours("Mo 09:00-12:00", tag, "")


@pytest.mark.parametrize("locale", ["it", "ar"])
def test_every_page_leads_to_the_accessibility_statement(client: TestClient, locale: str) -> None:
    assert f'<a href="/{locale}/accessibility">' in _page(client, f"/{locale}")
    main = _main(_page(client, f"/{locale}/accessibility"))
    assert "complies in part with WCAG 2.2 AA" in main and "no screen reader was used" in main
    assert "https://www.agid.gov.it/it/agenzia/difensore-civico-il-digitale" in main and "2026" in main
    assert _hreflang(_page(client, "/ar/accessibility")) == {}


def test_a_page_that_is_opened_to_be_printed_prints_itself(client: TestClient) -> None:
    assert '<script src="/static/print.js" defer></script>' in _page(client, f"/it/{RENEW}?print=1")
