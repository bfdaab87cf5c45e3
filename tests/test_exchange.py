"""Files for translators: out and back without loss, over all real content; what is broken or has moved is said, not taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bot.exchange import parcel, po, sheet, xliff
from bot.exchange.parcel import BrokenFile, Parcel, Unit
from bot.knowledge import load
from bot.model import Content, Example
from bot.rows import field_hashes, text_hash
from bot.translating import Translation

ROOT = Path(__file__).parent.parent
X = "{urn:oasis:names:tc:xliff:document:2.0}"
ITALIAN = {"title": "Costo", "answer": "Paghi {fee} alla posta.\nPoi {fee}.", "cost": "Niente & <nulla>."}
PERSIAN = {"title": "هزینه", "answer": "{fee} بپردازید.\nبعد {fee}."}
Format = tuple[Callable[[Parcel], bytes], Callable[[bytes, str], Parcel]]
FORMATS: Mapping[str, Format] = {
    "xliff": (lambda packed: xliff.write(packed, {}), xliff.read),
    "po": (lambda packed: po.write(packed, datetime(2026, 11, 22)), po.read),
}


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """All real answers, without the utterances: those would take longest to read."""
    folder = tmp_path_factory.mktemp("content")
    (folder / "knowledge_base").symlink_to(ROOT / "knowledge_base")
    return load(folder).content


def translations(content: Content, locale: str) -> dict[str, Translation]:
    """As after the first import: every translation was made from the Italian that stands."""
    found = {}
    for entry in content.entries:
        italian, answer = content.answers[entry, "it"], content.answers[entry, locale]
        found[entry] = Translation(entry, locale, 1, answer.fields(), italian.fields(), field_hashes(italian))
    return found


def small(texts: Mapping[str, str] = PERSIAN, italian: Mapping[str, str] = ITALIAN) -> Translation:
    """A translation without its part on cost, made from ITALIAN."""
    made_from = {name: text_hash(text) for name, text in ITALIAN.items() if name in texts}
    return Translation("legal/permit-cost", "fa", 3, texts, italian, made_from)


def packed(translation: Translation, **more: Any) -> Parcel:
    return parcel.pack([translation], "fa", lambda _: {}, **more)


def planned(read: Parcel, now: Translation, exported: Translation) -> parcel.Plan:
    return parcel.plan(read, {now.entry: now}, lambda _: exported.texts)


def edited(read: Parcel, field: str, **changes: Any) -> Parcel:
    return Parcel(read.locale, tuple(replace(unit, **changes) if unit.field == field else unit for unit in read.units))


@pytest.mark.parametrize("locale", ["bn", "ar", "pl"])
@pytest.mark.parametrize("kind", ["xliff", "po"])
def test_all_real_content_comes_back_the_same(content: Content, locale: str, kind: str) -> None:
    write, read = FORMATS[kind]
    there = translations(content, locale)
    out = parcel.pack(there.values(), locale, lambda _: {})
    back = read(write(out), "file")
    assert [replace(unit, draft=False) for unit in back.units] == list(out.units)
    assert len(back.units) > 5 * len(there) > 600

    def exported(unit: Unit) -> Mapping[str, str]:
        return there[unit.entry].texts

    plan = parcel.plan(back, there, exported)
    assert (plan.changes, plan.conflicts, plan.broken, plan.same) == ((), (), (), len(out.units))
    changed = back.units[7]
    one = Parcel(locale, (*back.units[:7], replace(changed, target=changed.target + " x"), *back.units[8:]))
    plan = parcel.plan(one, there, exported)
    assert [(change.unit.name, change.kind, change.old) for change in plan.changes] == [
        (changed.name, "changed", changed.target)
    ]
    answer, made_from = parcel.merged(there[changed.entry], plan.changes)
    differing = [name for name, text in answer.fields().items() if text != there[changed.entry].texts.get(name)]
    assert (differing, made_from) == ([changed.field], there[changed.entry].made_from)


@pytest.mark.parametrize("kind", ["xliff", "po"])
def test_what_is_missing_or_out_of_date_goes_out_and_is_right_when_it_comes_back(kind: str) -> None:
    write, read = FORMATS[kind]
    now = small(italian=ITALIAN | {"title": "Quanto costa"})
    assert now.states() == {"title": "changed", "answer": "current", "cost": "missing"}
    back = read(write(packed(now, only_to_do=True)), "file")
    assert [(unit.field, unit.source, unit.target, unit.settled) for unit in back.units] == [
        ("title", "Quanto costa", "هزینه", False),
        ("cost", "Niente & <nulla>.", "", kind == "po"),
    ]
    assert planned(back, now, now).changes == ()  # nobody has touched it
    settled = edited(edited(back, "title", settled=True, draft=False), "cost", target="هیچ.")
    changes = planned(settled, now, now).changes
    assert [(change.unit.field, change.kind) for change in changes] == [("title", "still_right"), ("cost", "new")]
    answer, made_from = parcel.merged(now, changes)
    done = Translation(now.entry, "fa", 4, answer.fields(), now.italian, made_from)
    assert set(done.states().values()) == {"current"} and answer.version == 3


def test_what_was_changed_here_since_is_a_conflict_and_not_overwritten() -> None:
    exported = small()
    read = edited(packed(exported), "title", target="قیمت")
    here = small(texts=PERSIAN | {"title": "بها"})
    plan = planned(read, here, exported)
    assert plan.changes == () and [(unit.field, text) for unit, text in plan.conflicts] == [("title", "بها")]
    assert planned(read, small(texts=PERSIAN | {"title": "قیمت"}), exported).same == 3  # both wrote the same
    assert planned(edited(packed(exported), "title"), here, exported).conflicts == ()  # only we changed it


def test_a_translation_of_an_older_italian_comes_in_and_stays_out_of_date() -> None:
    exported, now = small(), small(italian=ITALIAN | {"title": "Quanto costa"})
    change = planned(edited(packed(exported), "title", target="قیمت"), now, exported).changes[0]
    answer, made_from = parcel.merged(now, [change])
    assert change.behind
    assert Translation(now.entry, "fa", 4, answer.fields(), now.italian, made_from).state("title") == "changed"


@pytest.mark.parametrize(
    ("target", "lacks", "more"),
    [
        ("بپردازید.", ("fee",), ()),
        ("{fees} بپردازید.", ("fee",), ("fees",)),
        ("{fee} {wait}", (), ("wait",)),
        ("{fee} و }", (), ()),
    ],
)
def test_broken_values_are_named_and_nothing_is_taken(
    target: str, lacks: tuple[str, ...], more: tuple[str, ...]
) -> None:
    plan = planned(edited(packed(small()), "answer", target=target), small(), small())
    assert [(unit.name, *found) for unit, *found in plan.broken] == [("legal/permit-cost#answer", lacks, more)]
    assert plan.changes == ()


def test_a_draft_an_unknown_entry_and_an_unknown_version_are_left_out() -> None:
    read = edited(packed(small()), "title", target="قیمت", draft=True)
    stranger = Unit("legal/gone", "title", 1, "Titolo", "عنوان")
    plan = planned(Parcel("fa", (*read.units, stranger)), small(), small())
    assert [unit.field for unit in plan.unfinished] == ["title"] and plan.unknown == (stranger,) and plan.changes == ()
    plan = parcel.plan(edited(packed(small()), "title", target="قیمت"), {"legal/permit-cost": small()}, lambda _: None)
    assert [unit.field for unit, _ in plan.conflicts] == ["title"]


# ---- the files themselves --------------------------------------------------------------------------------------------


def test_xliff_protects_values_and_keeps_to_the_standard() -> None:
    root = etree.fromstring(xliff.write(packed(small()), {("legal/permit-cost", "fee"): "30,46 €"}))
    assert (root.tag, dict(root.attrib)) == (f"{X}xliff", {"version": "2.0", "srcLang": "it", "trgLang": "fa"})
    file = root[0]
    assert (file.get("id"), file.get("original")) == ("legal.permit-cost", "legal/permit-cost?version=3")
    unit = file.find(f"{X}unit[@id='answer']")
    assert unit is not None and [child.tag.removeprefix(X) for child in unit] == ["originalData", "segment"]
    data = {item.get("id"): item.text for item in unit[0]}
    sides = [[(ph.get("id"), data[ph.get("dataRef") or ""], ph.get("disp")) for ph in side] for side in unit[1]]
    assert sides == [[("1", "{fee}", "30,46 €"), ("2", "{fee}", "30,46 €")]] * 2
    for kind in root.iter(f"{X}segment"):  # a segment without a target can only be "initial"
        assert kind.find(f"{X}target") is not None or kind.get("state") == "initial"
    names = [item.get("id") for item in file.iter(f"{X}unit")]
    assert len(names) == len(set(names)) and all(name and " " not in name for name in names)


def test_xliff_of_other_tools_is_understood() -> None:
    text = xliff.write(packed(small()), {}).decode().replace('version="2.0"', 'version="2.1"')
    whole = "بپردازید.\nبعد"
    assert whole in text
    cut = text.replace(whole, f"<mrk id='m' type='term'>{whole}</mrk>")
    assert xliff.read(cut.encode(), "f").units[1].target == PERSIAN["answer"]
    title = "<source>Costo</source><target>هزینه</target></segment>"
    assert title in text
    more = "<ignorable><source> </source></ignorable><segment id='s2'><source>due</source><target>دو</target></segment>"
    unit = xliff.read(text.replace(title, title + more).encode(), "f").units[0]
    assert (unit.source, unit.target, unit.settled) == ("Costo due", "هزینه دو", False)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"<xliff", "f.xlf:1"),
        (b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><xliff>&a;</xliff>", "f.xlf"),
        (b'<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2"/>', "f.xlf"),
        (b'<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="fa"/>', "f.xlf"),
        (b'<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="it" trgLang="fa">\n<file id="x" original="a.docx"/></xliff>', "f.xlf:2"),
    ],
)  # fmt: skip
def test_files_that_are_not_ours_are_refused_with_their_place(data: bytes, where: str) -> None:
    with pytest.raises(BrokenFile) as caught:
        xliff.read(data, "f.xlf")
    assert caught.value.where == where and caught.value.todo


def _line(text: str) -> str:
    lines = enumerate(text.splitlines(), 1)
    return next(f"f.po:{number}" for number, line in lines if line.startswith('msgid "Quanto'))


def test_po_marks_what_is_out_of_date_as_fuzzy() -> None:
    now = small(italian=ITALIAN | {"title": "Quanto costa"})
    text = po.write(parcel.pack([now], "fa", lambda _: {"title": "Costo"}), datetime(2026, 11, 22)).decode()
    assert '#, fuzzy\n#| msgid "Costo"\nmsgctxt "legal/permit-cost#title@3"\nmsgid "Quanto costa"' in text
    assert "python-brace-format" in text
    for data, where in (
        (b'msgid "a"\nmsgstr "b"\n', "f.po"),
        ("msgid è".encode("latin-1"), "f.po"),
        (b"nonsense", "f.po:1"),
        (text.encode()[:-3], f"f.po:{text.rstrip().count(chr(10)) + 1}"),  # the file arrived by half
        (text.replace('msgid "Quanto', 'msgid "Quan"to').encode(), _line(text)),
    ):
        with pytest.raises(BrokenFile) as caught:
            po.read(data, "f.po")
        assert caught.value.where == where
    foreign = b'msgid ""\nmsgstr "Language: fa\\n"\n\nmsgid "a"\nmsgstr "b"\n'
    with pytest.raises(BrokenFile, match="not from Bussola"):
        po.read(foreign, "f.po")


# ---- utterances ------------------------------------------------------------------------------------------------------


def test_utterances_go_out_safe_for_spreadsheets_and_come_back() -> None:
    there = [Example("legal/permit-cost", "it", text) for text in ("=1+1", "@casa", "quanto, costa?", 'il "permesso"')]
    data = sheet.write(there)
    lines = data.decode("utf-8-sig").splitlines()
    assert lines[1:3] == ["it,legal/permit-cost,plain,'=1+1", "it,legal/permit-cost,plain,'@casa"]
    read = sheet.read(data, "f.csv", there, {"legal/permit-cost"}, {"it"})
    assert (read.new, read.known, read.refused) == ((), 4, ())
    assert sheet.read(data, "f.csv", [], {"legal/permit-cost"}, {"it"}).new == tuple(there)


def test_a_sheet_is_read_line_by_line() -> None:
    there = [Example("legal/permit-cost", "it", "quanto costa")]
    text = (
        "locale;intent;style;text\r\nit;legal/permit-cost;plain;Quanto costa?\r\nit;health/card;plain;quanto COSTA\r\n"
        "it;legal/permit-cost;plain;che prezzo ha\r\nit;legal/permit-cost;plain;che prezzo ha\r\nxx;legal/permit-cost;plain;a\r\n"
        "it;nothing;plain;a\r\nit;legal/permit-cost;loud;a\r\nit;legal/permit-cost;plain;[a](b)\r\nit;legal/permit-cost\r\n"
    )
    read = sheet.read(text.encode(), "f.csv", there, {"legal/permit-cost", "health/card"}, {"it"})
    assert [item.text for item in read.new] == ["che prezzo ha"] and read.known == 2
    assert [(line, why) for line, _, why in read.refused] == [
        (3, sheet.WRONG["elsewhere"]),
        (6, sheet.WRONG["locale"]),
        (7, sheet.WRONG["intent"]),
        (8, sheet.WRONG["style"]),
        (9, sheet.WRONG["text"]),
        (10, sheet.WRONG["columns"]),
    ]
    for data in (b"a,b\r\n", "locale,intent,style,text\nè".encode("latin-1")):
        with pytest.raises(BrokenFile):
            sheet.read(data, "f.csv", [], {"a"}, {"it"})
    with pytest.raises(BrokenFile) as caught:
        sheet.read(b'locale,intent,style,text\nit,a,plain,x\nit,a,plain,"y\nit,a,plain,z\n', "f.csv", [], {"a"}, {"it"})
    assert caught.value.where == "f.csv:3"
