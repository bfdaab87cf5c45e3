"""A program that publishes without pause and is killed: what the database must agree on, however often and whenever."""

from __future__ import annotations

import multiprocessing
import random
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import func, select

from bot import tables as t
from bot.copies import Copies, WorkingCopy
from bot.rows import field_hashes
from bot.store import SqlStore, open_store
from tests.small import COST, store

LOCALE = "it"
_MOST = 12  # editions before a kill: enough for each to fall anywhere


def publish_without_pause(url: str, said: Connection) -> None:
    """Publishes one edition after the other, half of them through a working copy, and says each that was confirmed."""
    opened = open_store(url)
    copies, answer = Copies(opened), opened.content().answers[COST, LOCALE]
    while True:
        edition = replace(
            answer, title=f"Titolo {answer.version + 1}", answer=f"Testo {answer.version + 1}.", version=0
        )
        if answer.version % 2:
            copy = copies.find(COST, LOCALE, "anna") or WorkingCopy(COST, LOCALE, "anna", {}, 0)
            saved = copies.save(replace(copy, data=edition.fields(), base_version=answer.version))
            copies.publish(saved, "anna", edition)
        else:
            opened.publish_answer(edition, "anna", answer.version)
        answer = replace(edition, version=answer.version + 1)
        said.send(answer.version)


def kill(url: str, chance: random.Random) -> int:
    """Starts the program, kills it at some moment after some editions, and returns the last one that it confirmed."""
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
    """Everything on which answer, versions, passages, audit and revision do not agree."""
    found = []
    key = (t.answer.c.entry == COST, t.answer.c.locale == LOCALE)
    with opened.engine.connect() as connection:
        answer = connection.execute(select(t.answer).where(*key)).one()
        versions = connection.execute(
            select(t.version)
            .where(t.version.c.entry == COST, t.version.c.locale == LOCALE)
            .order_by(t.version.c.version)
        ).all()
        live = connection.execute(
            select(t.passage.c.kind, t.passage.c.text).where(
                t.passage.c.intent == COST,
                t.passage.c.locale == LOCALE,
                t.passage.c.kind != "question",
                t.passage.c.live,
            )
        ).all()
        newest = connection.execute(select(func.max(t.passage.c.revision))).scalar_one()
        published = connection.execute(select(func.count()).where(t.audit.c.action == "publish")).scalar_one()
        sound = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    if answer.version < confirmed:
        found.append(f"edition {confirmed} was confirmed and is lost: {answer.version} stands")
    if [row.version for row in versions] != list(range(1, answer.version + 1)):
        found.append(f"versions {[row.version for row in versions]} for answer {answer.version}")
    if versions[-1].data != answer.data:
        found.append("the answer is not its newest version")
    if answer.field_hashes != field_hashes(opened.content().answers[COST, LOCALE]):
        found.append("the hashes are not those of the text")
    if sorted(live) != [("answer", answer.data["answer"]), ("title", answer.data["title"])]:
        found.append(f"passages {live} for {answer.data}")
    # The import made the first version and the first revision; every edition after it adds one to each.
    if not answer.version - 1 == published == opened.revision() - 1 == newest - 1:
        found.append(f"version {answer.version}, audit {published}, revision {opened.revision()}, passages' {newest}")
    copy = Copies(opened).find(COST, LOCALE, "anna")
    if copy is not None and copy.base_version != answer.version:
        found.append(f"a working copy of version {copy.base_version} is left beside version {answer.version}")
    if sound != "ok":
        found.append(f"the database is damaged: {sound}")
    return found


def torture(folder: Path, times: int, seed: int) -> tuple[list[str], int]:
    """Kills the program `times` times on one database; returns every fault and the number of editions."""
    opened, chance = store(folder), random.Random(seed)
    url, found, editions = str(opened.engine.url), [], 1
    for number in range(times):
        confirmed = kill(url, chance)
        found += [f"kill {number + 1}: {fault}" for fault in faults(opened, confirmed)]
        editions = opened.content().answers[COST, LOCALE].version
    opened.engine.dispose()
    return found, editions
