"""Entries that are published while the program runs: are they found at once, in their language and in the others?

python benchmarks/new_entry.py [--encoder FOLDER] [--pairs DIR [--teacher MODEL] [--epochs 5]] [--entries 20] [--locale it ...]

Some entries, drawn with a fixed seed, are taken out of the content, everything is learnt without them, and then they are
published, one by one and all together, with what a mediator would give: a title, a text and three questions in one
language. Nothing is learnt again.
The shipped encoder has seen these entries in its training; an honest figure wants one that has not: with `--pairs` it is
trained first (a quarter of an hour) and written to the folder that `--encoder` names.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from statistics import median

import yaml
from sqlalchemy import delete

from bot import nlu, ranking, tables
from bot.assistant import Assistant
from bot.build import FUSION, language_names, progress_bar, read_content
from bot.embedder import open_encoder
from bot.language import LanguageIdentifier
from bot.model import Content
from bot.phrases import Phrases
from bot.retriever import Retriever
from bot.settings import Settings
from bot.store import SqlStore, migrate, open_store
from bot.training.commands import load_teacher
from bot.training.encoder import Recipe, save, train
from bot.training.encoder import read as read_pairs
from bot.training.evaluate import Question, read

ROOT = Path(__file__).parent.parent
_QUESTIONS, _SEED = 3, 11


def main() -> None:
    """Prints hit@1 and hit@3 of the questions for the new entries."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--encoder", default=Settings().encoder)
    options.add_argument("--entries", type=int, default=20)
    options.add_argument("--locale", nargs="+", default=["it"])
    options.add_argument("--pairs", type=Path)
    options.add_argument("--teacher")
    options.add_argument("--epochs", type=int, default=5)
    chosen = options.parse_args()
    content, _ = read_content(ROOT)
    new = set(random.Random(_SEED).sample(sorted(content.entries), chosen.entries))
    if chosen.pairs and chosen.encoder == Settings().encoder:
        options.error("--pairs needs a folder for the new encoder: --encoder FOLDER")
    if chosen.pairs:
        data = read_pairs(chosen.pairs, _without(content, new), ROOT / "nlu_data/vocabulary")
        model = train(data, Recipe(epochs=chosen.epochs), load_teacher(chosen.teacher), progress_bar, print)
        save(model, Path(chosen.encoder), f"An encoder that has not seen: {', '.join(sorted(new))}.\n")
    questions = [item for item in read(ROOT / "tests/eval") if item.kind == "entry" and item.entry in new]
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/new.sqlite3"
        migrate(url)
        store = open_store(url)
        assistant = _learnt(store, _without(content, new), chosen.encoder)
        for locale in chosen.locale:
            print(f"published in {locale} with {_QUESTIONS} questions each")
            for name, published in (("one by one", [{entry} for entry in sorted(new)]), ("all at once", [new])):
                _report(name, locale, _asked(store, assistant, content, new, published, questions, locale))


def _asked(
    store: SqlStore, assistant: Assistant, content: Content, new: set[str], published: Sequence[set[str]],
    questions: Sequence[Question], locale: str,
) -> list[tuple[Question, Sequence[str], float]]:  # fmt: skip
    """Each question for one of the `new` entries, what is found for it while these and others of `published` are there, and
    how the right one stands."""
    found: list[tuple[Question, Sequence[str], float]] = []
    for names in progress_bar(published, "publishing"):
        _withdraw(store, new)
        store.import_content(_with(_without(content, new - names), names, locale))
        for question in questions:
            if question.entry in names:
                _, candidates = assistant.candidates(question.turns[0])
                text, _, _, spoken = assistant.understood(question.turns[0])
                standing = assistant.searcher.standing(text, spoken, names)
                score = max(standing[name].score for name in question.right & standing.keys())
                found.append((question, [item.intent for item in candidates[:3]], score))
    return found


def _withdraw(store: SqlStore, names: Collection[str]) -> None:
    with store.transaction() as connection:
        connection.execute(delete(tables.answer).where(tables.answer.c.entry.in_(names)))
        connection.execute(delete(tables.version).where(tables.version.c.entry.in_(names)))


def _report(name: str, locale: str, asked: Sequence[tuple[Question, Sequence[str], float]]) -> None:
    for said, own in ((f"asked in {locale}", True), ("asked in the other languages", False)):
        group = [item for item in asked if (item[0].lang == locale) == own]
        hit1, hit3 = (
            sum(bool(set(found[:depth]) & question.right) for question, found, _ in group) / max(len(group), 1)
            for depth in (1, 3)
        )
        stands = median(score for _, _, score in group)
        print(
            f"{name:12} {said:30}{len(group):>5} questions   hit@1 {hit1:.3f}   hit@3 {hit3:.3f}   stands {stands:.2f}"
        )


def _without(content: Content, new: Collection[str]) -> Content:
    return replace(
        content,
        entries={name: entry for name, entry in content.entries.items() if name not in new},
        answers={key: answer for key, answer in content.answers.items() if key[0] not in new},
        examples=tuple(example for example in content.examples if example.intent not in new),
    )


def _with(content: Content, new: Collection[str], locale: str) -> Content:
    """The content again, of the new entries only what one mediator gave in one locale."""
    given = [example for example in content.examples if example.locale == locale]
    questions = [item for name in sorted(new) for item in [e for e in given if e.intent == name][:_QUESTIONS]]
    old = _without(content, new)
    answers = {key: answer for key, answer in content.answers.items() if key[0] not in new or key[1] == locale}
    return replace(content, answers=answers, examples=(*old.examples, *questions))


def _learnt(store: SqlStore, content: Content, encoder: str) -> Assistant:
    store.import_content(content)
    embedder = open_encoder(encoder)
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    models = nlu.train(content.examples, config, embedder.embed, progress_bar)
    assistant = Assistant(
        store,
        LanguageIdentifier(content.examples),
        nlu.EmbeddedNlu(models, embedder),
        Retriever(store, embedder),
        ranking.load(FUSION),
        Phrases(ROOT / "translations"),
        language_names(),
        b"benchmark",
        datetime.now,
    )
    assistant.view()
    return assistant


if __name__ == "__main__":
    main()
