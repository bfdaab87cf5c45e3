"""The store: publishing, history, conflicts, forgetting, migrations."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from bot import tables
from bot.model import BussolaError, Decision, Session, Turn
from bot.rows import field_hashes
from bot.store import Conflict, migrate, open_store
from tests.small import COST, RENEW, content, store


def test_migrations_make_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    opened = store(tmp_path)
    with opened.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_what_was_imported_comes_back_the_same(tmp_path: Path) -> None:
    said, back = content(), store(tmp_path).content(examples=True)
    assert back.entries == said.entries
    assert {key: answer.fields() for key, answer in back.answers.items()} == {
        key: answer.fields() for key, answer in said.answers.items()
    }
    assert (back.values, back.places, back.services, back.terms, back.patterns) == (
        said.values,
        said.places,
        said.services,
        said.terms,
        said.patterns,
    )
    assert back.examples == said.examples
    assert isinstance(back.entries[RENEW].values[0].amount, Decimal)


def test_importing_twice_changes_nothing_that_people_can_see(tmp_path: Path) -> None:
    opened = store(tmp_path)
    before = [(passage.id, passage.text) for passage in opened.passages(-1) if passage.live]
    assert opened.import_content(content()) == []
    assert [(passage.id, passage.text) for passage in opened.passages(-1) if passage.live] == before
    assert len(opened.history(RENEW, "it")) == 1


def test_publishing_is_seen_adds_to_the_history_and_makes_translations_stale(tmp_path: Path) -> None:
    opened = store(tmp_path)
    before = opened.revision()
    answer = opened.content().answers[RENEW, "it"]
    assert opened.publish_answer(replace(answer, answer="Vada alla posta."), "anna", 1, "nuova legge") == before + 1
    after = opened.content()
    assert after.answers[RENEW, "it"].answer == "Vada alla posta."
    assert [(row.version, row.author, row.note) for row in opened.history(RENEW, "it")] == [
        (2, "anna", "nuova legge"),
        (1, "import", ""),
    ]
    assert opened.stale() == {RENEW: ["ar", "en"]}
    changed = opened.passages(before)
    assert {(passage.text, passage.live) for passage in changed} == {(answer.answer, False), ("Vada alla posta.", True)}


def test_a_comma_or_a_minor_edit_makes_nothing_stale(tmp_path: Path) -> None:
    opened = store(tmp_path)
    answer = opened.content().answers[RENEW, "it"]
    opened.publish_answer(replace(answer, answer=answer.answer.replace(".", " !")), "anna", 1)
    assert opened.stale() == {}
    opened.publish_answer(replace(answer, title="Come rinnovare il permesso"), "anna", 2, minor=True)
    assert opened.stale() == {}


def test_two_people_cannot_overwrite_each_other_silently(tmp_path: Path) -> None:
    opened = store(tmp_path)
    answer = opened.content().answers[RENEW, "it"]
    opened.publish_answer(replace(answer, title="Primo"), "anna", 1)
    before = opened.revision()
    with pytest.raises(Conflict) as caught:
        opened.publish_answer(replace(answer, title="Secondo"), "bruno", 1)
    assert (caught.value.version, caught.value.current.title) == (2, "Primo")  # type: ignore[union-attr]
    assert opened.revision() == before
    entry = opened.content().entries[COST]
    opened.publish_entry(replace(entry, risk="medium"), "anna", 1)
    with pytest.raises(Conflict):
        opened.publish_entry(replace(entry, risk="high"), "bruno", 1)


def test_an_import_never_overwrites_an_edit_silently(tmp_path: Path) -> None:
    opened = store(tmp_path)
    answer = opened.content().answers[RENEW, "it"]
    opened.publish_answer(replace(answer, title="Edito"), "anna", 1)
    assert opened.import_content(content()) == []  # the file has not changed since: the edit stays
    assert opened.content().answers[RENEW, "it"].title == "Edito"
    said = content()
    newer = replace(said, answers={**said.answers, (RENEW, "it"): replace(said.answers[RENEW, "it"], title="Dal file")})
    assert opened.import_content(newer) == [f"{RENEW}/it"]  # both changed: named, and left alone
    assert opened.content().answers[RENEW, "it"].title == "Edito"
    assert opened.import_content(newer, force=True) == []
    assert opened.content().answers[RENEW, "it"].title == "Dal file"


def test_a_conversation_is_kept_without_text_in_the_counts_and_forgotten_on_demand(tmp_path: Path) -> None:
    opened = store(tmp_path)
    session = Session("key", "web", "it", False, "foggia", RENEW, None, "il mio <number>")
    opened.record(session, Turn("token", (), Decision("answer", entry=RENEW), "it"))
    kept = opened.session("key")
    assert kept is not None and (kept.locale, kept.place, kept.last_entry, kept.last_text) == (
        "it",
        "foggia",
        RENEW,
        "il mio <number>",
    )
    opened.keep_unanswered(kept, "unanswered")
    opened.erase("key")
    assert opened.session("key") is None
    with opened.engine.connect() as connection:
        turn = connection.execute(select(tables.turn)).one()._asdict()
        assert [row.text for row in connection.execute(select(tables.unanswered))] == ["il mio <number>"]
    assert not any("number" in str(value) for value in turn.values())


def test_questions_asked_in_vain_are_forgotten_after_half_a_year(tmp_path: Path) -> None:
    opened, today = store(tmp_path), datetime.now(UTC).date()
    for text, days in (("neu", 10), ("alt", 200)):
        row = {"day": today - timedelta(days=days), "locale": "it", "text": text, "reason": "unanswered"}
        with opened.transaction() as connection:
            connection.execute(tables.unanswered.insert().values(row))
    opened.forget_old()
    with opened.transaction() as connection:
        assert list(connection.execute(select(tables.unanswered.c.text)).scalars()) == ["neu"]


def test_texts_older_than_a_day_and_old_sessions_are_forgotten(tmp_path: Path) -> None:
    opened = store(tmp_path)
    for key, hours in (("fresh", 1), ("yesterday", 30), ("old", 24 * 40)):
        opened.keep_session(Session(key, "web", "it", last_text="testo"))
        seen = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=hours)
        with opened.transaction() as connection:
            connection.execute(tables.session.update().where(tables.session.c.key == key).values(last_seen=seen))
    opened.forget_old()
    with opened.engine.connect() as connection:
        kept = {row.key: row.last_text for row in connection.execute(select(tables.session))}
    assert kept == {"fresh": "testo", "yesterday": None}


def test_a_conversation_that_was_erased_while_it_was_answered_stays_erased(tmp_path: Path) -> None:
    opened = store(tmp_path)
    opened.keep_session(Session("key", "web", "it"))
    read = opened.session("key")
    assert read is not None
    opened.keep_session(replace(read, place="foggia"))
    assert (changed := opened.session("key")) is not None and changed.place == "foggia"
    opened.erase("key")
    opened.keep_session(replace(read, last_text="too late"))
    assert opened.session("key") is None
    opened.keep_session(Session("key", "telegram", "it"))  # the same chat, later
    assert opened.session("key") is not None


def test_field_hashes_ignore_case_punctuation_and_spaces_but_not_values() -> None:
    answer = content().answers[RENEW, "it"]
    same = replace(answer, answer="  chieda IL rinnovo, almeno {renewal_before} prima! Costo: {permit_fee}")
    assert field_hashes(same) == field_hashes(answer)
    assert field_hashes(replace(answer, answer=answer.answer.replace("permit_fee", "stamp"))) != field_hashes(answer)


def test_a_read_only_or_locked_database_says_what_to_do_and_loses_nothing(tmp_path: Path) -> None:
    opened = store(tmp_path)
    answer = opened.content().answers[RENEW, "it"]
    opened.engine.dispose()
    with sqlite3.connect(tmp_path / "bussola.sqlite3") as holder:
        holder.execute("PRAGMA busy_timeout=1")
        holder.execute("BEGIN IMMEDIATE")
        quick = open_store(f"sqlite:///{tmp_path / 'bussola.sqlite3'}?timeout=0.05")
        with quick.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
        with pytest.raises(BussolaError, match="does another program hold the database"):
            quick.publish_answer(replace(answer, title="Mai"), "anna", 1)
        holder.rollback()
    assert opened.content().answers[RENEW, "it"].title == answer.title
    assert opened.publish_answer(replace(answer, title="Poi"), "anna", 1) > 0


def test_a_database_that_cannot_be_made_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(BussolaError, match="check that the folder exists"):
        migrate(f"sqlite:///{tmp_path / 'missing' / 'bussola.sqlite3'}")
    if os.geteuid():  # root may write anywhere
        tmp_path.chmod(0o500)
        with pytest.raises(BussolaError):
            migrate(f"sqlite:///{tmp_path / 'bussola.sqlite3'}")
