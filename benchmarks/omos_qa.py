"""Page retrieval and abstention on OMoS-QA (Kleinle, Prange & Friedrich 2024, CC BY 4.0), beside BM25 in the same run.

python benchmarks/omos_qa.py PATH     (PATH holds docs.jsonl.gz and questions.jsonl)

Questions of migrants over pages of Munich and two districts, in German, English, French, Arabic and Ukrainian: pages of
the question's language, and German pages only. Nothing is fitted here: a page's score is that of its best sentence by
the encoder, plus that of the page by its letters. Bussola's encoder has learnt no German, which the second table shows;
page titles of the same publisher are among its sentence pairs (see its model card).
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from bot.build import progress_bar
from bot.embedder import open_encoder
from bot.model import Vectors
from bot.ngrams import Channel, Ngrams, postings
from bot.ports import Embedder
from bot.settings import Settings
from bot.text import normal, sound

LANGUAGES = ("de", "en", "fr", "ar", "uk")
_K1, _B = 1.2, 0.75


@dataclass(frozen=True)
class Found:
    """How one way of searching did: shares in 0..1."""

    hit1: float
    hit3: float
    rank: float
    abstention: float


def main() -> None:
    """Prints a table for pages of the same language, and one for German pages."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("path", type=Path)
    path = options.parse_args().path
    with gzip.open(path / "docs.jsonl.gz", "rt", encoding="utf-8") as file:
        pages = [json.loads(line) for line in file]
    questions = [json.loads(line) for line in (path / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    encoder = open_encoder(Settings().encoder)
    for title, languages in (("pages of the same language", LANGUAGES), ("German pages only", LANGUAGES[1:])):
        print(f"{title:28}" + "".join(f"{head:>12}" for head in ("questions", "hit@1", "hit@3", "MRR", "abstention")))
        for language in languages:
            asked = [question for question in questions if question["lang"] == language]
            read = [page for page in pages if page["lang"] == (language if languages is LANGUAGES else "de")]
            for name, scores in (("Bussola", _ours(encoder, read, asked)), ("BM25", _bm25(read, asked))):
                row = _measured(scores, [page["page"] for page in read], asked)
                cells = (row.hit1, row.hit3, row.rank, row.abstention)
                print(f"{language} {name:25}{len(asked):>12}" + "".join(f"{cell:>12.3f}" for cell in cells))
    print("abstention: how well the best score tells answerable from unanswerable questions (area under the ROC curve)")


def _ours(encoder: Embedder, pages: Sequence[dict[str, Any]], asked: Sequence[dict[str, Any]]) -> Vectors:
    """A row of page scores for each question."""
    sentences: list[str] = []
    starts: list[int] = []
    for page in pages:
        starts.append(len(sentences))
        sentences += [page["title"], *filter(str.strip, page["text"].split("\n"))]
    vectors = encoder.embed(sentences)
    letters = Ngrams((Channel("char_wb", 3, 5), Channel("char_wb", 3, 4, 0.5, sound)), 18)
    index = postings(letters.fit([normal(f"{page['title']} {page['text']}") for page in pages]), letters.size)
    rows = []
    for question in progress_bar(asked, "asking"):
        meaning = np.maximum.reduceat(vectors @ encoder.embed([question["question"]])[0], starts)
        rows.append(meaning + index.scores(letters.row(normal(question["question"]))))
    return np.array(rows)


def _bm25(pages: Sequence[dict[str, Any]], asked: Sequence[dict[str, Any]]) -> Vectors:
    """The same by Okapi BM25 over words (Robertson & Zaragoza 2009)."""
    counts = [Counter(normal(f"{page['title']} {page['text']}").split()) for page in pages]
    lengths = np.array([sum(count.values()) for count in counts])
    weight = _K1 * (1 - _B + _B * lengths / lengths.mean())
    known = Counter(word for count in counts for word in count)
    rows = np.zeros((len(asked), len(pages)), dtype=np.float32)
    for row, question in zip(rows, asked, strict=True):
        for word in set(normal(question["question"]).split()) & known.keys():
            rare = math.log(1 + (len(pages) - known[word] + 0.5) / (known[word] + 0.5))
            often = np.array([count[word] for count in counts])
            row += rare * often * (_K1 + 1) / (often + weight)
    return rows


def _measured(scores: Vectors, pages: Sequence[str], asked: Sequence[dict[str, Any]]) -> Found:
    ranks = []
    for row, question in zip(scores, asked, strict=True):
        if question["answerable"]:
            ordered = list(dict.fromkeys(pages[place] for place in np.argsort(-row)))
            ranks.append(ordered.index(question["page"]) + 1 if question["page"] in ordered else math.inf)
    right = np.array(ranks)
    answerable = [question["answerable"] for question in asked]
    return Found(
        float(np.mean(right == 1)),
        float(np.mean(right <= 3)),
        float(np.mean(1 / right)),
        float(roc_auc_score(answerable, scores.max(axis=1))),
    )


if __name__ == "__main__":
    main()
