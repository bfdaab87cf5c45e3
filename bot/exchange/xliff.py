"""Parcels as XLIFF 2.0 (OASIS, 2014), and back from 2.0 to 2.2. Values are <ph> elements, so that no tool breaks them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.exchange.parcel import NOTHING, BrokenFile, Parcel, Unit
from bot.locales import SOURCE, resolve
from bot.sentences import mark
from bot.values import PLACEHOLDER

_NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_ORIGINAL = re.compile(r"([a-z]+/[a-z0-9-]+)\?version=(\d{1,9})")
_SETTLED = ("translated", "reviewed", "final")


def write(parcel: Parcel, shown: Mapping[tuple[str, str], str]) -> bytes:
    """The file. `shown` is what people see in place of a value, by entry and name."""
    from lxml import etree

    root = etree.Element(
        _tag("xliff"), {"version": "2.0", "srcLang": SOURCE, "trgLang": parcel.locale}, {None: _NAMESPACE}
    )
    file: Any = None
    for unit in parcel.units:
        original = f"{unit.entry}?version={unit.version}"
        if file is None or file.get("original") != original:
            file = _add(root, "file", id=unit.entry.replace("/", "."), original=original)
            file.set(_SPACE, "preserve")
        _unit(file, unit, shown)
    if file is None:
        raise BrokenFile(NOTHING, "", "")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _unit(file: Any, unit: Unit, shown: Mapping[tuple[str, str], str]) -> None:
    element = _add(file, "unit", id=unit.field, name=unit.name)
    if unit.then:
        notes = _add(element, "notes")
        _add(notes, "note", category="earlier-source").text = unit.then
    names = list(dict.fromkeys(PLACEHOLDER.findall(f"{unit.source} {unit.target}")))
    if names:
        data = _add(element, "originalData")
        for name in names:
            _add(data, "data", id=f"d-{name}").text = f"{{{name}}}"
    segment = _add(element, "segment", id="s", state="translated" if unit.settled else "initial")
    ids: dict[str, list[int]] = {}
    _text(_add(segment, "source"), unit, unit.source, ids, shown, new=True)
    if unit.target:
        _text(_add(segment, "target"), unit, unit.target, ids, shown, new=False)


def _text(
    element: Any, unit: Unit, text: str, ids: dict[str, list[int]], shown: Mapping[tuple[str, str], str], new: bool
) -> None:
    """Fills an element. The same value has the same id on both sides, as tools want it."""
    left = {name: list(numbers) for name, numbers in ids.items()}
    count = sum(map(len, ids.values()))
    last: Any = None
    for index, part in enumerate(PLACEHOLDER.split(text)):
        if index % 2:
            if new or not left.get(part):
                count += 1
                number = count
            else:
                number = left[part].pop(0)
            if new:
                ids.setdefault(part, []).append(number)
            last = _add(element, "ph", id=str(number), canDelete="no", dataRef=f"d-{part}", equiv=f"{{{part}}}",
                        disp=shown.get((unit.entry, part), part))  # fmt: skip
        elif last is None:
            element.text = part
        else:
            last.tail = part


def read(data: bytes, name: str) -> Parcel:
    """The parcel in a file. Raises BrokenFile, with the line, for anything that is not ours or not XLIFF 2."""
    from lxml import etree

    # No document type, no entities, no network: a file from outside must not read anything else or grow.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise BrokenFile(
            mark("This is no XML."), f"{name}:{error.lineno}", mark("Export it again as XLIFF 2.")
        ) from error
    if root.getroottree().docinfo.doctype:
        raise BrokenFile(
            mark("The file has a document type."), name, mark("Remove the line that begins with <!DOCTYPE.")
        )
    if root.tag != _tag("xliff"):
        raise BrokenFile(mark("This is not XLIFF 2."), name, mark("Export it as XLIFF 2.0 or 2.1, not 1.2."))
    locale = resolve(root.get("trgLang"))
    if locale in (None, SOURCE) or resolve(root.get("srcLang")) != SOURCE:
        what = mark("The file must lead from Italian to another language of Bussola.")
        raise BrokenFile(what, name, mark("Look at srcLang and trgLang."))
    assert locale is not None
    return Parcel(locale, tuple(_units(root, name)))


def _units(root: Any, name: str) -> Iterator[Unit]:
    for file in root.iterfind(_tag("file")):
        match = _ORIGINAL.fullmatch(file.get("original", ""))
        if match is None:
            todo = mark("Read in a file that was made here, and leave its attributes `original` and `id` as they are.")
            raise BrokenFile(mark("This part is not from Bussola."), f"{name}:{file.sourceline}", todo)
        for element in file.iter(_tag("unit")):
            where = f"{name}:{element.sourceline}, unit {match[1]}#{element.get('id')}"
            yield _read_unit(element, match[1], int(match[2]), where)


def _read_unit(element: Any, entry: str, version: int, where: str) -> Unit:
    """A unit; tools may have cut it into segments."""
    held = element.iterfind(f"{_tag('originalData')}/{_tag('data')}")
    texts = {item.get("id"): item.text or "" for item in held}
    source, target, lacking, states = "", "", 0, set()
    segments = list(element.iterfind(_tag("segment")))
    for part in element.iterchildren(_tag("segment"), _tag("ignorable")):
        own, translated = part.find(_tag("source")), part.find(_tag("target"))
        source += _plain(own, texts, where)
        # What stands between segments is often not repeated in the target.
        target += _plain(own if translated is None and part not in segments else translated, texts, where)
        if part in segments:
            lacking += translated is None
            states.add(part.get("state", "initial"))
    if lacking == len(segments):
        return Unit(entry, element.get("id", ""), version, source)
    return Unit(entry, element.get("id", ""), version, source, target, states <= set(_SETTLED), bool(lacking))


def _plain(element: Any, texts: dict[str, str], where: str) -> str:
    """The text of a source or target, values as {name}."""
    if element is None:
        return ""
    found = [element.text or ""]
    for child in element:
        kind = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if kind == "ph":
            held = texts.get(child.get("dataRef", "")) or child.get("equiv", "")
            if not PLACEHOLDER.fullmatch(held):
                todo = mark("Take over the <ph> elements of the source unchanged.")
                raise BrokenFile(mark("A <ph> element stands for nothing."), where, todo)
            found.append(held)
        elif kind == "cp":
            pass  # a control character: no text of ours has one
        elif kind in ("pc", "mrk"):
            found.append(_plain(child, texts, where))
        found.append(child.tail or "")
    return "".join(found)


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _add(parent: Any, tag: str, /, **attributes: str) -> Any:
    from lxml import etree

    return etree.SubElement(parent, _tag(tag), attributes)
