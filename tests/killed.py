"""A program that publishes without pause and is killed: what the database must agree on, however often and whenever."""

from __future__ import annotations

import multiprocessing
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import func, select

from bot import tables as t
from bot.copies import OWN, Copies, WorkingCopy, own_copy
from bot.model import Answer, Entry, Value
from bot.rows import field_hashes
from bot.store import SqlStore, open_store
from tests.small import COST, store

LOCALE, PHONE = "it", "values/phone_118"
PARTS = ((COST, LOCALE), (COST, OWN), (PHONE, OWN))  # a text, an entry's own data, a value that entries share
_MOST = 10  # editions before a kill: enough for each to fall anywhere


def publish_without_pause(url: str, said: Connection) -> None:
    """Publishes one edition after the other, of each of PARTS in turn, the texts by turns with and without a working copy,
    and says each revision that was confirmed."""
    opened = open_store(url)
    copies, number = Copies(opened), opened.revision()
    answer = opened.content().answers[COST, LOCALE]
    own = {key: (edition.entry, edition.version) for key in (COST, PHONE) for edition in copies.editions(key)[:1]}
    while True:
        number += 1
        key = (PHONE, COST)[number // 2 % 2]
        if number % 2:
            entry, version = own[key]
            changed = _changed(entry, number)
            own[key] = changed, version + 1
            revision = _through_a_copy(copies, own_copy(changed, "anna", version), "bruno", None)
        else:
            text = replace(answer, title=f"Titolo {number}", answer=f"Testo {number}.", version=0)
            if key == COST:
                revision = opened.publish_answer(text, "anna", answer.version)
            else:
                copy = WorkingCopy(COST, LOCALE, "anna", text.fields(), answer.version)
                revision = _through_a_copy(copies, copy, "anna", text)
            answer = replace(text, version=answer.version + 1)
        said.send(revision)


def _changed(entry: Entry, number: int) -> Entry:
    if entry.id == PHONE:
        return replace(entry, values=(replace(entry.values[0], amount=f"118 {number}"),))
    return replace(entry, values=(Value("fee", "money", Decimal(number), "EUR", date(2027, 5, 31)),))


def _through_a_copy(copies: Copies, copy: WorkingCopy, approver: str, text: Answer | None) -> int:
    """Saves and publishes; what people in danger read (a shared value) by a second person. One that was saved before the
    program died is saved over."""
    before = copies.find(copy.entry, copy.locale, "anna")
    saved = copies.save(replace(copy, number=before.number if before else 0))
    return copies.publish(saved, approver, text)


def kill(url: str, chance: random.Random) -> int:
    """Starts the program, kills it at some moment after some editions, and returns the last revision that it confirmed."""
    fresh = multiprocessing.get_context("forkserver")
    fresh.set_forkserver_preload(["tests.killed"])
    hears, says = fresh.Pipe(duplex=False)
    program = fresh.Process(target=publish_without_pause, args=(url, says))
    program.start()
    says.close()
    last = hears.recv()
    for _ in range(chance.randrange(_MOST)):
        last = hears.recv()
    # Somewhere inside the next edition: this waits for nothing, it only moves the moment.
    for _ in range(chance.randrange(400_000)):
        pass
    program.kill()
    program.join()
    while hears.poll():
        try:
            last = hears.recv()  # said before it died: this was confirmed as well
        except EOFError:
            break
    hears.close()
    return int(last)


def faults(opened: SqlStore, confirmed: int) -> list[str]:
    """Everything on which texts, own data, shared values, versions, passages, audit and revision do not agree."""
    revision, numbers, found = opened.revision(), {}, []
    with opened.engine.connect() as connection:
        for entry, locale in PARTS:
            said = f"{entry}/{locale}" if locale else entry
            table = t.answer if locale else t.entry
            this = (t.answer.c.entry == entry) & (t.answer.c.locale == locale) if locale else t.entry.c.id == entry
            now = connection.execute(select(table.c.version, table.c.data).where(this)).one()
            numbers[entry, locale] = now.version
            versions = connection.execute(
                select(t.version)
                .where(t.version.c.entry == entry, t.version.c.locale == locale)
                .order_by(t.version.c.version)
            ).all()
            if [row.version for row in versions] != list(range(1, now.version + 1)):
                found.append(f"{said}: versions {[row.version for row in versions]} while {now.version} stands")
            if versions[-1].data != now.data:
                found.append(f"{said} is not its newest version")
            copy = Copies(opened).find(entry, locale, "anna")
            if copy is not None and copy.base_version != now.version:
                found.append(f"{said}: a working copy of version {copy.base_version} is left beside {now.version}")
        deeds = select(t.audit.c.action, func.count().label("times")).group_by(t.audit.c.action)
        counted: dict[str, int] = {row.action: row.times for row in connection.execute(deeds)}
        sound = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    if revision < confirmed:
        found.append(f"revision {confirmed} was confirmed and is lost: {revision} stands")
    # The import made the first version and the first revision; every edition after it adds one to each.
    texts = numbers[COST, LOCALE] - 1
    data = numbers[COST, OWN] + numbers[PHONE, OWN] - 2
    if (revision - 1, counted.get("publish", 0), counted.get("publish values", 0)) != (texts + data, texts, data):
        found.append(f"revision {revision} and audit {counted} for {texts} texts and {data} data")
    if sound != "ok":
        found.append(f"the database is damaged: {sound}")
    return found + _text_faults(opened)


def _text_faults(opened: SqlStore) -> list[str]:
    """What does not agree with the text: its hashes, and the passages that can be found."""
    answer = opened.content().answers[COST, LOCALE]
    here = (t.passage.c.intent == COST) & (t.passage.c.locale == LOCALE) & (t.passage.c.kind != "question")
    with opened.engine.connect() as connection:
        hashes = connection.execute(
            select(t.answer.c.field_hashes).where(t.answer.c.entry == COST, t.answer.c.locale == LOCALE)
        ).scalar_one()
        live = connection.execute(select(t.passage.c.kind, t.passage.c.text).where(here, t.passage.c.live)).all()
        newest = connection.execute(select(func.max(t.passage.c.revision))).scalar_one()
    found = [] if hashes == field_hashes(answer) else ["the hashes are not those of the text"]
    if sorted(live) != [("answer", answer.answer), ("title", answer.title)]:
        found.append(f"passages {live} for {answer.title}")
    if newest > opened.revision():
        found.append(f"passages of revision {newest} while {opened.revision()} stands")
    return found


def torture(folder: Path, times: int, seed: int) -> tuple[list[str], int]:
    """Kills the program `times` times on one database; returns every fault and the number of editions."""
    opened, chance = store(folder), random.Random(seed)
    url, found, editions = str(opened.engine.url), [], 1
    for number in range(times):
        confirmed = kill(url, chance)
        found += [f"kill {number + 1}: {fault}" for fault in faults(opened, confirmed)]
        editions = opened.revision()
    opened.engine.dispose()
    return found, editions
