"""What each source of data and each size is worth to the encoder: trained without it, measured as benchmarks/encoder.py does.

python benchmarks/ablation.py PAIRS [--teacher MODEL] [--epochs 2] [--most 40000]

Each variant is trained for as many epochs, on a sample of the sentence pairs of others: enough to compare them, not to
ship one.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.encoder import ROOT, measured
from bot.build import progress_bar, read_content
from bot.model import Content
from bot.training.commands import load_teacher
from bot.training.encoder import Data, Recipe, read, save, train
from bot.training.evaluate import read as read_questions

_HELD_OUT = ("bn", "tr", "uk")  # three scripts


def main() -> None:
    """Prints two rows a variant, over all languages and over those that one variant has not seen: the share of test
    questions whose nearest text is of the right entry."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("pairs", type=Path)
    options.add_argument("--teacher")
    options.add_argument("--epochs", type=int, default=2)
    options.add_argument("--most", type=int, default=40000, help="sentence pairs of others that are taken")
    chosen = options.parse_args()
    compare(chosen.pairs, load_teacher(chosen.teacher), chosen.epochs, chosen.most)


def compare(pairs: Path, teacher: Any, epochs: int, most: int) -> None:
    """Trains and measures every variant; `teacher` is a model with `encode`, or None."""
    content, _ = read_content(ROOT)
    questions = [question for question in read_questions(ROOT / "tests/eval") if question.kind == "entry"]
    print(f"{'hit@1':44}{'whole':>8}{'64':>8}{'elsewhere':>11}{'MB':>7}", flush=True)
    recipe, whole = Recipe(epochs=epochs), read(pairs, content, ROOT / "nlu_data/vocabulary")
    foreign = len(read(pairs, replace(content, answers={}, examples=())).pairs)
    own = len(read(pairs, content).pairs)
    some = random.Random(recipe.seed).sample(whole.pairs[:foreign], min(most, foreign))
    sources = {"others": some, "our texts": whole.pairs[foreign:own], "vocabulary": whole.pairs[own:]}
    foreign_only = _without_languages(pairs, content, sources)
    for name, data, each, taught in _variants(sources, whole.classes, foreign_only, recipe, teacher):
        with tempfile.TemporaryDirectory() as folder:
            save(train(data, each, taught, progress_bar, lambda line: None), Path(folder), name)
            size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6
            rows = measured(folder, content, questions)
        held = [row for locale in _HELD_OUT for row in rows[locale]]
        for label, found in ((name, rows["all"]), (f"  asked in {', '.join(_HELD_OUT)}", held)):
            all_of_it, head, elsewhere = np.mean(found, axis=0)
            print(f"{label:44}{all_of_it:>8.3f}{head:>8.3f}{elsewhere:>11.3f}{size:>7.1f}", flush=True)


def _without_languages(pairs: Path, content: Content, sources: dict[str, list[tuple[str, str, str]]]) -> Data:
    """All but what is ours in _HELD_OUT: in these languages the encoder has seen sentences of others and no question."""
    answers = {key: answer for key, answer in content.answers.items() if key[1] not in _HELD_OUT}
    examples = tuple(example for example in content.examples if example.locale not in _HELD_OUT)
    ours = [pair for name in ("our texts", "vocabulary") for pair in sources[name] if pair[2] not in _HELD_OUT]
    return Data([*sources["others"], *ours], read(pairs, replace(content, answers=answers, examples=examples)).classes)


def _variants(
    sources: dict[str, list[tuple[str, str, str]]], classes: dict[str, list[str]], foreign_only: Data, recipe: Recipe,
    teacher: Any,
) -> Iterator[tuple[str, Data, Recipe, Any]]:  # fmt: skip
    """`sources` are the pairs that come from others, from our texts and from the vocabulary."""

    def without(gone: str = "") -> Data:
        return Data([pair for name, pairs in sources.items() if name != gone for pair in pairs], classes)

    yield "everything", without(), recipe, teacher
    if teacher is not None:
        yield "without the teacher", without(), recipe, None
    yield f"nothing of ours in {', '.join(_HELD_OUT)}", foreign_only, recipe, teacher
    yield "without the sentence pairs of others", without("others"), recipe, teacher
    yield "without our texts as pairs", without("our texts"), recipe, teacher
    yield "without the vocabulary", without("vocabulary"), recipe, teacher
    yield "without our utterances and texts as classes", replace(without(), classes={}), recipe, teacher
    yield "classes in all dimensions", without(), replace(recipe, nested_classes=recipe.nested), teacher
    yield "128 dimensions", without(), replace(recipe, dimensions=128, nested=(128, 64)), teacher
    yield "10,000 pieces", without(), replace(recipe, pieces=10000), teacher


if __name__ == "__main__":
    main()
