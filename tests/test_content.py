"""The content of the repository, and what the validator says of broken content."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.build import read_content
from bot.export import dump
from bot.knowledge import load
from bot.matrix import HARD, gaps, gulpease
from bot.model import SECTIONS, Content
from bot.phrases import counts

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of three entries and one locale's utterances, to break."""
    root = tmp_path_factory.mktemp("content")
    for name in ("legal/permit-renewal", "legal/permit-cost", "benefits/isee"):
        shutil.copytree(ROOT / "knowledge_base/entries" / name, root / "knowledge_base/entries" / name)
    for name in ("values.yml", "glossary.yml", "places.yml", "services.jsonl", "courses.jsonl"):
        shutil.copy(ROOT / "knowledge_base" / name, root / "knowledge_base" / name)
    (root / "nlu_data").mkdir()
    shutil.copy(ROOT / "nlu_data/it.yml", root / "nlu_data/it.yml")
    return root


def test_the_repositorys_content_has_no_fault_and_is_complete() -> None:
    content, faults = read_content(ROOT)
    assert [str(fault) for fault in faults] == []
    assert (len(content.entries), len(content.locales())) >= (134, 14)
    assert len(content.answers) == len(content.entries) * len(content.locales())
    assert gaps(content, counts(ROOT / "translations")) == []
    assert (len(content.services), len(content.courses), len(content.places)) == (378, 30, 167)
    assert len(content.terms) >= 80


def test_everything_is_unconfirmed_and_no_source_claims_to_be_checked(written: Content) -> None:
    assert {answer.state for answer in written.answers.values()} == {"unconfirmed"}
    sources = [source for entry in written.entries.values() for source in entry.sources]
    assert len(sources) > 200
    assert [source.url for source in sources if source.checked] == []


def test_what_a_locale_lacks_is_listed(broken: Path) -> None:
    (broken / "knowledge_base/entries/benefits/isee/bn.md").unlink()
    content = load(broken).content
    found = gaps(content, {**dict.fromkeys(content.locales(), (215, 215)), "fr": (214, 215)})
    assert "bn: no answer for benefits/isee; write bn.md beside its it.md" in found
    assert "fr: 1 of 215 phrases; add translations/fr/bussola.po" in found
    assert "en: 0 of 20 utterances for benefits/isee; add them in nlu_data/en.yml" in found
    assert not [line for line in found if line.startswith("it:")]
    shutil.copy(
        ROOT / "knowledge_base/entries/benefits/isee/bn.md", broken / "knowledge_base/entries/benefits/isee/bn.md"
    )


def test_italian_texts_are_easy_to_read(written: Content) -> None:
    scores = {key[0]: gulpease(answer) for key, answer in written.answers.items() if key[1] == "it"}
    assert len(scores) >= 134
    assert sum(scores.values()) / len(scores) >= 60
    assert [entry for entry, score in scores.items() if score < HARD] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "what"),
    [
        ("legal/permit-renewal/it.md", "# Come", "Come", 1, "text before the title"),
        ("legal/permit-renewal/it.md", "## Steps", "## Stepz", 5, "section 'Stepz' is unknown"),
        ("legal/permit-renewal/it.md", "{stamp_duty}", "16 euro", 23, "the number '16' stands in the text"),
        ("legal/permit-renewal/it.md", "{stamp_duty}", "{stamp}", 23, "value {stamp} is not defined"),
        (
            "legal/permit-renewal/ar.md",
            "\n## Cost\n",
            "\n## Cost\nThis was never translated at all, and it goes on and on in English for quite a while. ",
            None,
            "in the script of ar",
        ),
        (
            "legal/permit-renewal/fr.md",
            "\n## Cost\n",
            "\n## Cost\nYou pay with the form that they give you.\n",
            None,
            "the text reads like en",
        ),
        ("legal/permit-renewal/entry.yml", "risk: high", "risk: huge", 2, "risk is 'huge'"),
        (
            "legal/permit-renewal/entry.yml",
            "{days: 60, review_by: 2027-05-31}",
            "{days: 60}",
            None,
            "has no review_by date",
        ),
        ("legal/permit-renewal/entry.yml", "values:", "values: [", None, "not valid YAML"),
        (
            "legal/permit-renewal/entry.yml",
            "id: legal/permit-renewal",
            "id: legal/other",
            1,
            "the id is not legal/permit-renewal",
        ),
    ],
)
def test_a_mistake_is_named_with_file_line_and_what_to_do(
    broken: Path, file: str, old: str, new: str, line: int | None, what: str
) -> None:
    path = broken / "knowledge_base/entries" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    try:
        _, faults = read_content(broken)
    finally:
        path.write_text(text, encoding="utf-8")
    found = [fault for fault in faults if what in fault.what and fault.file.endswith(file)]
    assert found and all(fault.todo for fault in found), [str(fault) for fault in faults]
    assert line is None or line in [fault.line for fault in found]


def test_utterances_are_checked_too(broken: Path) -> None:
    path = broken / "nlu_data/it.yml"
    text = path.read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if line.startswith("    - "))
    path.write_text(
        text
        + f"- intent: greet\n  examples: |\n{first}\n    - ciao [a tutti]\n- intent: no.such.thing\n  examples: |\n    - boh\n",
        encoding="utf-8",
    )
    try:
        _, faults = read_content(broken)
    finally:
        path.write_text(text, encoding="utf-8")
    said = " ".join(fault.what for fault in faults)
    assert "also stands under" in said and "brackets in" in said and "unknown intent 'no/such/thing'" in said
    assert {fault.file for fault in faults} == {"nlu_data/it.yml"} and all(fault.line > 1 for fault in faults)


def test_export_writes_what_import_reads_as_the_same(written: Content, tmp_path: Path) -> None:
    entries = {name: written.entries[name] for name in sorted(written.entries)[:20]}
    some = replace(
        written, entries=entries, answers={key: answer for key, answer in written.answers.items() if key[0] in entries}
    )
    assert dump(some, tmp_path) > 20
    shutil.copytree(
        ROOT / "knowledge_base",
        tmp_path / "knowledge_base",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("entries"),
    )
    back = load(tmp_path)
    assert back.faults == ()
    assert back.content.entries == entries and back.content.answers == some.answers
    assert sorted(map(str, back.content.examples)) == sorted(map(str, written.examples))
    assert back.content.patterns == written.patterns
    assert dump(back.content, tmp_path) == 0
    assert {name for answer in some.answers.values() for name in answer.sections} == set(SECTIONS)
