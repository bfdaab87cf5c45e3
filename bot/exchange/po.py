"""Parcels as gettext PO, for people who work with Poedit and the like. What is out of date is fuzzy, as they know it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from bot.exchange.parcel import NOTHING, BrokenFile, Parcel, Unit
from bot.locales import SOURCE, resolve
from bot.sentences import mark

_SAVE = mark("Save it again in your program, as PO in UTF-8.")
_NO_PO = mark("This is no PO file.")
_LINE = re.compile(r'\s*(?:#.*|(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s*)?"(?:[^"\\]|\\.)*"\s*)?')
_CONTEXT = re.compile(r"([a-z]+/[a-z0-9-]+)#([a-z_]+)@(\d{1,9})")


def write(parcel: Parcel, made: datetime) -> bytes:
    """The file."""
    if not parcel.units:
        raise BrokenFile(NOTHING, "", "")
    catalogue = Catalog(
        parcel.locale,
        project="Bussola",
        version="1",
        charset="utf-8",
        creation_date=made,
        revision_date=made,
        fuzzy=False,
        header_comment="# Answers of Bussola. Leave the words in {braces} as they are: they stand for amounts and dates.",
    )
    for unit in parcel.units:
        flags = [*(["fuzzy"] if unit.draft else []), *(["python-brace-format"] if "{" in unit.source else [])]
        catalogue.add(
            unit.source, unit.target, flags=flags, previous_id=unit.then, context=f"{unit.name}@{unit.version}"
        )
    file = io.BytesIO()
    write_po(file, catalogue, width=0, include_previous=True)
    return file.getvalue()


def read(data: bytes, name: str) -> Parcel:
    """The parcel in a file. Raises BrokenFile, with the line, for anything that is not ours or not PO."""
    try:
        _look(data.decode("utf-8-sig"), name)
        catalogue = read_po(io.BytesIO(data), abort_invalid=True)
        language = str(catalogue.locale_identifier or "")
    except PoFileError as error:
        raise BrokenFile(_NO_PO, f"{name}:{error.lineno + 1}", _SAVE) from error
    except (UnicodeDecodeError, ValueError, LookupError) as error:
        raise BrokenFile(_NO_PO, name, _SAVE) from error
    locale = resolve(language)
    if locale in (None, SOURCE):
        raise BrokenFile(
            mark("The file does not say its language."), name, mark("Add the line Language: to its header.")
        )
    assert locale is not None
    return Parcel(locale, tuple(_units(catalogue, name)))


def _look(text: str, name: str) -> None:
    # Babel cuts the last letter off a text without its closing quotation mark (a file that arrived by half), and says nothing.
    for number, line in enumerate(text.split("\n"), 1):
        if not _LINE.fullmatch(line):
            raise BrokenFile(_NO_PO, f"{name}:{number}", _SAVE)


def _units(catalogue: Catalog, name: str) -> Iterator[Unit]:
    for message in catalogue:
        if not message.id:
            continue
        match = _CONTEXT.fullmatch(message.context or "")
        if match is None or not isinstance(message.id, str) or not isinstance(message.string, str):
            todo = mark("Read in a file that was made here, and leave its msgctxt lines as they are.")
            raise BrokenFile(mark("This part is not from Bussola."), f"{name}:{message.lineno}", todo)
        yield Unit(match[1], match[2], int(match[3]), message.id, message.string, not message.fuzzy, message.fuzzy)
