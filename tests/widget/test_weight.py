"""The widget's weight in every language: everything that it ever loads by itself, as it travels, compressed. And that
what makes it lighter changes nothing of what it says to a browser, not even to one of six years ago."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from fastapi.testclient import TestClient

from bot.locales import LOCALES
from bot.model import Answer, Content, Entry
from bot.settings import Settings
from connectors.web.app import create_app
from connectors.web.bundle import MODULES, bundle, squeezed
from tests.conftest import ROOT
from tests.small import content, desk, store
from tests.widget.house import STATIC

_SHARED = ("/", "/widget.js", "/desk.js", "/offline.js", *(f"/static/{name}" for name in ("widget.css", "tokens.css", "icons.svg", "home.css")))  # fmt: skip
_FOR_A_LANGUAGE = ("widget", "titles")
_OURS = {path.stem for path in (STATIC.parent / "widget").glob("*.js")}


def with_every_title() -> Content:
    """All entries of the desk by their real titles; what they answer travels only when somebody asks."""
    said, ids = content(), [path.parent for path in sorted((ROOT / "knowledge_base/entries").glob("*/*/entry.yml"))]
    entries = {f"{path.parent.name}/{path.name}": path for path in ids}
    answers = {
        (entry, tag): Answer(entry, tag, (path / f"{tag}.md").read_text(encoding="utf-8").split("\n")[0].lstrip("# "), "x")
        for entry, path in entries.items()
        for tag in LOCALES
    }  # fmt: skip
    plain = {entry: Entry(entry, "low", date(2027, 5, 31)) for entry in entries}
    return replace(said, entries=plain, answers=answers, examples=())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    opened = store(tmp_path_factory.mktemp("weight"), with_every_title())
    with TestClient(create_app(*desk(opened, translations=ROOT / "translations"), Settings(rate_limit=0))) as client:
        yield client
    opened.engine.dispose()


def test_in_every_language_everything_together_weighs_less_than_30_kilobytes(client: TestClient) -> None:
    def weight(path: str) -> int:
        with client.stream("GET", path) as response:
            assert response.status_code == 200, path
            return sum(map(len, response.iter_raw()))

    shared = sum(map(weight, _SHARED))
    weights = {tag: shared + sum(weight(f"/{name}.json?locale={tag}") for name in _FOR_A_LANGUAGE) for tag in LOCALES}
    assert {client.get(f"/widget.json?locale={tag}").json()["locale"] for tag in LOCALES} == set(LOCALES)
    assert min(len(client.get(f"/titles.json?locale={tag}").json()) for tag in LOCALES) >= 130
    assert {tag: size for tag, size in weights.items() if not 20_000 < size < 30_000} == {}


def test_the_list_above_is_all_that_the_widget_asks_for_by_itself() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((STATIC.parent / "widget").glob("*.js"))]
    texts += [(STATIC / name).read_text(encoding="utf-8") for name in ("widget.js", "index.html")]
    asked = {found.split("?")[0] for text in texts for found in re.findall(r"(?:base\}|=\")/([\w./-]+\.\w+)", text)}
    sheets = {f"static/{name}" for name in re.findall(r'sheet\("([\w.]+)"\)', texts[-2])}
    assert asked | sheets == {path[1:] for path in _SHARED if path != "/"} | {
        f"{name}.json" for name in _FOR_A_LANGUAGE
    }


def test_what_is_not_changed_is_not_sent_again(client: TestClient) -> None:
    for path in ("/desk.js", "/widget.js", "/offline.js", "/static/widget.css"):
        first = client.get(path)
        assert first.headers["cache-control"] == "max-age=300"
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_squeezing_takes_comments_and_spaces_only() -> None:
    import esprima

    def tokens(text: str) -> list[str]:
        return [token.value for token in esprima.tokenize(text)]

    assert set(MODULES) == _OURS
    for file in (STATIC / "widget.js", STATIC / "offline.js"):
        assert tokens(squeezed(file)) == tokens(file.read_text(encoding="utf-8"))
    whole = bundle(STATIC.parent / "widget")
    apart = [tokens(_alone((STATIC.parent / f"widget/{name}.js").read_text(encoding="utf-8"))) for name in MODULES]
    assert tokens(whole)[: sum(map(len, apart))] == [token for each in apart for token in each]
    assert len(whole) < 0.97 * sum((STATIC.parent / f"widget/{name}.js").stat().st_size for name in MODULES)


def _alone(text: str) -> str:
    """A module without what ties it to others."""
    return re.sub(r"^export (?=\w+ )", "", re.sub(r"^import .*? from .*?;\n", "", text, flags=re.M | re.S), flags=re.M)


@pytest.mark.parametrize("name", ["desk.js", "widget.js", "offline.js", "print.js"])
def test_a_parser_of_2018_reads_the_scripts(name: str) -> None:
    """esprima 4 knows ECMAScript as it was then, and nothing since (`??`, `?.`, private fields, `||=`)."""
    import esprima

    parse = esprima.parseModule if name == "desk.js" else esprima.parseScript
    text = bundle(STATIC.parent / "widget") if name == "desk.js" else squeezed(STATIC / name)
    assert len(parse(text).body) >= 1
    for newer in ("a ?? b", "a?.b", "a ||= b", "class A { #b = 1 }"):
        with pytest.raises(esprima.Error):
            parse(f"{text};{newer}")


# What Chrome 80, Firefox 72 or Safari 13.1 do not know, as it begins in a style sheet.
_NEWER = re.compile(
    r"(?<![\w-])(inset(?:-inline|-block)?(?:-start|-end)?(?=:)|(?:margin|padding|border)-(?:inline|block)(?=:)|border-(?:start|end)-(?:start|end)-radius"
    r"|aspect-ratio|accent-color|text-underline-offset|overscroll-behavior|content-visibility|text-wrap|scrollbar-gutter|translate(?=:)|rotate(?=:)|scale(?=:)"
    r"|float: inline-(?:start|end)|place-\w+|(?:min|max|clamp)\(|fit-content|color-mix|:is\(|:where\(|:has\(|:focus-visible|:not\([^()]*,"
    r"|@layer|@container|@property|@scope|\d(?:d|s|l)v[hw]\b|\d+r?lh\b|width [<>]=|height [<>]=|&)"
)
# What may be missing: a corner less round, a bubble as wide as the column, an underline nearer, a focus ring where a mouse pressed. Functions and `float`
# stand after the same property in older words, or in a grid whose columns are told in older words before.
_HARMLESS = {
    "fit-content",
    "border-end-end-radius",
    "border-start-start-radius",
    "accent-color",
    "text-underline-offset",
    "overscroll-behavior",
    ":focus-visible",
}
_WITH_AN_OLDER_WAY = {"float: inline-end": "float", "min(": "max-width|grid-template-columns", "max(": "--u"}


def test_browsers_of_2020_can_read_the_styles() -> None:
    seen: set[str] = set()
    for sheet in sorted(STATIC.glob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
        assert "-calc(" not in text, sheet.name  # no browser reads that
        for number, rule in enumerate(re.findall(r"[^{}]+\{[^{}]*\}", text)):
            # The columns of a grid fit by themselves; a supports query guards what stands in it.
            guarded = re.search(rf"@supports[^{{]*\{{\s*{re.escape(rule.strip())}", text)
            assert not re.search(r"display: (inline-)?flex", rule) or "gap:" not in rule, (sheet.name, rule.strip())
            for found in _NEWER.findall(rule.replace("minmax(", "(")):
                seen.add(found)
                if found in _HARMLESS or guarded:
                    continue
                told = _WITH_AN_OLDER_WAY.get(found)
                where = f"{sheet.name}, rule {number}: {found} in {rule.strip()[:60]}"
                assert told is not None, where
                older = [
                    line
                    for line in re.findall(rf"(?:^|[;{{\s])((?:{told}):[^;]*)", rule)
                    if found not in line.replace("minmax(", "(")
                ]
                assert older, where
    assert {"float: inline-end", "min(", "border-end-end-radius", ":focus-visible"} <= seen
