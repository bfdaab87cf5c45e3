"""How long one answer takes in process, with all content loaded, and how much of it each part takes.

python benchmarks/answering.py [--questions FILE_OR_FOLDER] [--asked 1500]

The questions are asked one at a time, each in a conversation of its own. What is learnt is taken from the data folder
(BUSSOLA_DATA), and learnt first when it is not there. Exits with 1 over the limit.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Any

from bot.assistant import Assistant
from bot.build import build, progress_bar
from bot.model import Utterance
from bot.settings import Settings
from bot.training.evaluate import read

ROOT = Path(__file__).parent.parent
_P50, _P95 = 5.0, 12.0  # milliseconds
_WARM, _SEED = 100, 3


def main() -> None:
    """Prints p50 and p95 of an answer in milliseconds, beside the limits, and of its parts."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--questions", type=Path, default=ROOT / "tests/eval")
    options.add_argument("--asked", type=int, default=1500)
    chosen = options.parse_args()
    texts = [question.turns[-1] for question in read(chosen.questions)]
    texts = random.Random(_SEED).sample(texts, min(len(texts), chosen.asked + _WARM))
    bussola = build(Settings(rate_limit=0))
    for text in texts[:_WARM]:
        bussola.assistant.reply(Utterance("cli", None, text))
    took = _asked(bussola.assistant, texts[_WARM:])
    print(f"{len(texts) - _WARM:,} questions, one at a time\n{'milliseconds':22}{'p50':>8}{'p95':>8}")
    for name, seconds in took.items():
        p50, p95 = _cuts(seconds)
        print(f"{name:22}{p50:>8.2f}{p95:>8.2f}")
    p50, p95 = _cuts(took["one answer"])
    print(f"share of the limit: p50 {p50 / _P50:.2f} of {_P50:.0f} ms, p95 {p95 / _P95:.2f} of {_P95:.0f} ms")
    sys.exit(p50 > _P50 or p95 > _P95)


def _asked(assistant: Assistant, texts: list[str]) -> dict[str, list[float]]:
    """Seconds of every answer, and of the parts that can be asked by themselves."""
    took = defaultdict(list)
    parts: dict[str, Callable[[str], Any]] = {
        "one answer": lambda text: assistant.reply(Utterance("cli", None, text)),
        "language": lambda text: assistant._language.identify(text),
        "NLU": lambda text: assistant._nlu.parse(text, locales[text]),
        "retrieval": lambda text: assistant.searcher.search(text, locales[text]),
    }
    locales = {text: assistant._language.identify(text).locale for text in texts}
    for name, ask in parts.items():  # one after the other, as what was read last is remembered
        for text in progress_bar(texts, name):
            start = time.perf_counter()
            ask(text)
            took[name].append(time.perf_counter() - start)
    return took


def _cuts(seconds: list[float]) -> tuple[float, float]:
    cuts = quantiles(seconds, n=100)
    return cuts[49] * 1000, cuts[94] * 1000


if __name__ == "__main__":
    main()
