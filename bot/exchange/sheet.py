"""Utterances as CSV, for people who collect how others ask in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.check import fold
from bot.exchange.parcel import BrokenFile
from bot.matrix import STYLES
from bot.model import Example
from bot.sentences import mark

COLUMNS = ("locale", "intent", "style", "text")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 300
WRONG = {
    "columns": mark("A line needs a language, an intent, a style and a text."),
    "locale": mark("This language is not known here."),
    "intent": mark("There is no such intent."),
    "style": mark("There is no such style."),
    "text": mark("The text is empty, too long, or has brackets in it."),
    "elsewhere": mark("The same text stands under another intent already."),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file would add. `known` counts what is there already; `refused` holds (line, text, why) of the others."""

    new: tuple[Example, ...] = ()
    known: int = 0
    refused: tuple[tuple[int, str, str], ...] = ()


def write(examples: Iterable[Example]) -> bytes:
    """The file, with a mark at its beginning by which spreadsheets know UTF-8."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    rows.writerows(map(_safe, (item.locale, item.intent, item.style, item.text)) for item in examples)
    return out.getvalue().encode("utf-8-sig")


def _safe(cell: str) -> str:
    # A spreadsheet would run a cell that begins like a formula (CSV injection): with an apostrophe it is text.
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _bare(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def read(data: bytes, name: str, there: Sequence[Example], intents: Collection[str], locales: Collection[str]) -> Sheet:
    """What a file adds to the utterances that are `there`. Raises BrokenFile when it is no CSV of these columns."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFile(mark("The file is not in UTF-8."), name, mark("Save it as CSV UTF-8.")) from error
    head = text.partition("\n")[0].strip()
    delimiter = next((mark for mark in (",", ";", "\t") if tuple(head.replace('"', "").split(mark)) == COLUMNS), None)
    if delimiter is None:
        what = mark("The first line must be: locale,intent,style,text.")
        raise BrokenFile(what, f"{name}:1", mark("Begin with a file that was made here."))
    known = {(item.locale, fold(item.text)): item.intent for item in there}
    new: list[Example] = []
    refused: list[tuple[int, str, str]] = []
    # Strict: a quotation mark that is never closed would make one text of all the lines that follow.
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    same, began = 0, 1
    try:
        for cells in rows:
            began, line = rows.line_num + 1, began
            if rows.line_num == 1 or not any(cells):
                continue
            locale, intent, style, words = map(_bare, [*cells, "", "", "", ""][:4])
            example = Example(intent, locale, words, style)
            other = known.get((example.locale, fold(example.text)))
            why = _wrong(cells, example, other, intents, locales)
            if why:
                refused.append((line, example.text[:80], why))
            elif other == example.intent:
                same += 1
            else:
                known[example.locale, fold(example.text)] = example.intent
                new.append(example)
    except csv.Error as error:
        raise BrokenFile(mark("This is no CSV."), f"{name}:{began}", mark("Save it as CSV UTF-8.")) from error
    return Sheet(tuple(new), same, tuple(refused))


def _wrong(
    cells: Sequence[str], example: Example, other: str | None, intents: Collection[str], locales: Collection[str]
) -> str:
    """Why a line cannot be taken, as a sentence for phrases; empty when it can."""
    if len(cells) != len(COLUMNS):
        return WRONG["columns"]
    if example.locale not in locales:
        return WRONG["locale"]
    if example.intent not in intents:
        return WRONG["intent"]
    if example.style not in STYLES:
        return WRONG["style"]
    if not example.text or len(example.text) > _LONGEST or set(example.text) & set("[](){}\n"):
        return WRONG["text"]
    return WRONG["elsewhere"] if other not in (None, example.intent) else ""
