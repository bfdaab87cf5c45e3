"""What the encoder alone knows: each test question's nearest utterance or text, by language, at 256 and at 64 dimensions.

python benchmarks/encoder.py [FOLDER ...]     (sentence-transformers models; without any, the shipped one)

A folder may be any sentence-transformers model. "elsewhere" leaves out all that is written in the question's own
language: what is left has crossed a language.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.build import progress_bar, read_content
from bot.embedder import open_encoder
from bot.model import Content, Vectors
from bot.settings import Settings
from bot.training.evaluate import Question, read

ROOT = Path(__file__).parent.parent
_SIZES, _CHUNK = (256, 64), 4096


def main() -> None:
    """Prints a table a model."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("models", nargs="*", default=[Settings().encoder])
    content, _ = read_content(ROOT)
    questions = [question for question in read(ROOT / "tests/eval") if question.kind == "entry"]
    for model in options.parse_args().models:
        print(f"{model}\n{'hit@1':8}{'256':>8}{'64':>8}{'elsewhere':>12}")
        rows = measured(model, content, questions)
        for name in ("all", *sorted(rows.keys() - {"all"})):
            whole, head, elsewhere = np.mean(rows[name], axis=0)
            print(f"{name:8}{whole:>8.3f}{head:>8.3f}{elsewhere:>12.3f}")


def measured(model: str, content: Content, questions: Sequence[Question]) -> dict[str, list[tuple[bool, bool, bool]]]:
    """By language, for each question: whether the nearest is right at 256 and 64 dimensions, and in other languages."""
    encoder = open_encoder(model)
    known = [(item.intent, item.locale, item.text) for item in content.examples if "/" in item.intent]
    known += [
        (item.entry, item.locale, text) for item in content.answers.values() for text in (item.title, item.answer)
    ]
    texts = [text for _, _, text in known]
    vectors = np.vstack(
        [encoder.embed(texts[at : at + _CHUNK]) for at in progress_bar(range(0, len(texts), _CHUNK), "reading")]
    )
    asked = encoder.embed([question.turns[0] for question in questions])
    locales = np.array([locale for _, locale, _ in known])
    best = [_nearest(vectors[:, :size], asked[:, :size]) for size in _SIZES]
    rows = defaultdict(list)
    foreign = np.zeros(len(questions), dtype=np.int64)
    for locale in sorted({question.lang for question in questions}):
        mine = np.array([number for number, question in enumerate(questions) if question.lang == locale])
        others = np.flatnonzero(locales != locale)
        foreign[mine] = others[_nearest(vectors[others], asked[mine])]
    for number, question in enumerate(questions):
        row = tuple(known[at[number]][0] in question.right for at in (*best, foreign))
        rows[question.lang].append(row)
        rows["all"].append(row)
    return dict(rows)  # type: ignore[arg-type]


def _nearest(vectors: Vectors, asked: Vectors) -> NDArray[np.int64]:
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    found = [np.argmax(asked[at : at + 256] @ vectors.T, axis=1) for at in range(0, len(asked), 256)]
    return np.concatenate(found)


if __name__ == "__main__":
    main()
