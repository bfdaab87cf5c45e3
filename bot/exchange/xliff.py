"""Parcels as XLIFF 2.0 (OASIS, 2014), and back from 2.0 to 2.2. Values are <ph> elements, so that no tool breaks them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from bot.exchange.parcel import BrokenFile, Parcel, Unit
from bot.locales import SOURCE, resolve
from bot.values import PLACEHOLDER

_NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_ORIGINAL = re.compile(r"([a-z]+/[a-z0-9-]+)\?version=(\d{1,9})")
_SETTLED = ("translated", "reviewed", "final")


def write(parcel: Parcel, shown: Callable[[str, str], str]) -> bytes:
    """The file. `shown` says what people see in place of an entry's value."""
    from lxml import etree

    root = etree.Element(_tag("xliff"), {"version": "2.0", "srcLang": SOURCE, "trgLang": parcel.locale}, {None: _NAMESPACE})
    file: Any = None
    for unit in parcel.units:
        original = f"{unit.entry}?version={unit.version}"
        if file is None or file.get("original") != original:
            file = _add(root, "file", id=unit.entry.replace("/", "."), original=original)
            file.set(_SPACE, "preserve")
        _unit(file, unit, shown)
    if file is None:
        raise BrokenFile("there is nothing to translate", "", "choose other entries")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _unit(file: Any, unit: Unit, shown: Callable[[str, str], str]) -> None:
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
    element: Any, unit: Unit, text: str, ids: dict[str, list[int]], shown: Callable[[str, str], str], new: bool
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
                        disp=shown(unit.entry, part) or part)  # fmt: skip
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
        raise BrokenFile(f"this is no XML: {error.msg}", name, "export it again as XLIFF 2") from error
    if root.getroottree().docinfo.doctype:
        raise BrokenFile("the file has a document type", name, "remove the line that begins with <!DOCTYPE")
    if root.tag != _tag("xliff"):
        raise BrokenFile("this is not XLIFF 2", name, "export it as XLIFF 2.0 or 2.1, not 1.2")
    locale = resolve(root.get("trgLang"))
    if locale in (None, SOURCE) or resolve(root.get("srcLang")) != SOURCE:
        raise BrokenFile("the file must lead from Italian to one of our languages", name, "look at srcLang and trgLang")
    assert locale is not None
    return Parcel(locale, tuple(_units(root, name)))


def _units(root: Any, name: str) -> Iterator[Unit]:
    for file in root.iterfind(_tag("file")):
        match = _ORIGINAL.fullmatch(file.get("original", ""))
        if match is None:
            todo = "import a file that was exported here; leave the attribute `original` as it is"
            raise BrokenFile("this part is not from Bussola", f"{name}:{file.sourceline}", todo)
        for element in file.iter(_tag("unit")):
            where = f"{name}:{element.sourceline}, unit {match[1]}#{element.get('id')}"
            texts = {item.get("id"): item.text or "" for item in element.iterfind(f"{_tag('originalData')}/{_tag('data')}")}
            parts = [item for item in element if item.tag in (_tag("segment"), _tag("ignorable"))]
            states = {item.get("state", "initial") for item in parts if item.tag == _tag("segment")}
            source = "".join(_plain(item.find(_tag("source")), texts, where) for item in parts)
            targets = [item.find(_tag("target")) for item in parts]
            lacking = [item for item, target in zip(parts, targets, strict=True) if target is None and item.tag == _tag("segment")]
            if len(lacking) == len([item for item in parts if item.tag == _tag("segment")]):
                target_text = ""
            else:
                # Tools may cut a text into segments: what stands between them is often not repeated in the target.
                pairs = zip(parts, targets, strict=True)
                target_text = "".join(_plain(item.find(_tag("source")) if target is None else target, texts, where) for item, target in pairs)
            yield Unit(match[1], element.get("id", ""), int(match[2]), source, target_text, states <= set(_SETTLED), bool(lacking))


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
                raise BrokenFile("a <ph> stands for nothing", where, "take over the <ph> elements of the source unchanged")
            found.append(held)
        elif kind == "cp":
            found.append(chr(int(child.get("hex", "20"), 16)))
        elif kind in ("pc", "mrk"):
            found.append(_plain(child, texts, where))
        found.append(child.tail or "")
    return "".join(found)


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _add(parent: Any, tag: str, /, **attributes: str) -> Any:
    from lxml import etree

    return etree.SubElement(parent, _tag(tag), attributes)
