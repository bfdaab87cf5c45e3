"""Both NLU engines on the same utterances and the same questions: accuracy, latency, memory, training and start.

python benchmarks/engines.py [--questions FILE_OR_FOLDER] [--locales it,en,...]

Rasa has one model for all locales; the embedded engine has one a locale, and the encoder beside the n-grams. Rasa's
training takes long and some gigabytes of memory with all locales: name a few to have it sooner.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

import yaml

from bot import nlu
from bot.build import NoNlu, progress_bar, read_content
from bot.embedder import open_encoder
from bot.model import Content
from bot.ports import Nlu
from bot.rasa import service
from bot.rasa.client import RasaNlu
from bot.settings import Settings
from bot.training.evaluate import Question, read

ROOT = Path(__file__).parent.parent
_SECRET, _PORT = "a secret for this benchmark only", 5995


@dataclass(frozen=True)
class Row:
    """What was measured of one engine: seconds, MB, shares in 0..1, milliseconds."""

    training: float
    model: float
    ready: float
    memory: float
    right: float
    p50: float
    p95: float


def main() -> None:
    """Measures both and prints one table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--questions", type=Path, default=ROOT / "tests/eval")
    options.add_argument("--locales", default="")
    chosen = options.parse_args()
    content, faults = read_content(ROOT)
    if faults:
        sys.exit(f"{faults[0]}: run `bussola check`")
    locales = set(chosen.locales.split(",")) if chosen.locales else set(content.locales())
    content = replace(
        content,
        examples=tuple(example for example in content.examples if example.locale in locales),
        answers={key: answer for key, answer in content.answers.items() if answer.locale in locales},
    )
    questions = [
        question for question in read(chosen.questions) if question.lang in locales and question.kind != "followup"
    ]
    rows = {"embedded": _embedded(content, questions), "Rasa (LogisticRegression)": _rasa(content, questions)}
    print(f"{len(content.examples):,} utterances and {len(questions):,} questions in {len(locales)} locales\n")
    print(
        f"{'':26}{'training s':>12}{'model MB':>10}{'ready s':>9}{'memory MB':>11}{'right':>8}{'p50 ms':>8}{'p95 ms':>8}"
    )
    for name, row in rows.items():
        print(
            f"{name:26}{row.training:>12.1f}{row.model:>10.1f}{row.ready:>9.1f}{row.memory:>11.0f}{row.right:>8.3f}{row.p50:>8.2f}{row.p95:>8.2f}"
        )


def _embedded(content: Content, questions: Sequence[Question]) -> Row:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    encoder = open_encoder(Settings().encoder)
    training, models = _timed(lambda: nlu.train(content.examples, config, encoder.embed, progress_bar))
    kept = pickle.dumps(models, protocol=5)
    del models
    before = _resident("self")
    ready, loaded = _timed(lambda: pickle.loads(kept))
    memory = _resident("self") - before
    return Row(training, len(kept) / 1e6, ready, memory, *_asked(nlu.EmbeddedNlu(loaded, encoder), questions))


def _rasa(content: Content, questions: Sequence[Question]) -> Row:
    environment = Settings().rasa_environment
    service.install(environment, print)
    with tempfile.TemporaryDirectory() as folder:
        training, model = _timed(lambda: service.train(environment, content, ROOT / "config.yml", Path(folder)))
        ready, server = _timed(lambda: service.start(environment, model, _PORT, _SECRET))
        client = RasaNlu(server.address, _SECRET, {item.intent for item in content.examples}, NoNlu(), limit=10)
        try:
            asked = _asked(client, questions)
            return Row(training, model.stat().st_size / 1e6, ready, _resident(str(server.process.pid)), *asked)
        finally:
            client.close()
            server.stop()


def _asked(engine: Nlu, questions: Sequence[Question]) -> tuple[float, float, float]:
    """The share of questions whose best intent is right, and p50 and p95 of one parse in milliseconds."""
    right, times = 0, []
    for question in progress_bar(questions, "asking"):
        seconds, found = _timed(partial(engine.parse, question.turns[0], question.lang))
        times.append(seconds * 1000)
        right += bool(found.intents) and _is_right(question, found.intents[0][0])
    cuts = quantiles(times, n=100)
    return right / len(questions), cuts[49], cuts[94]


def _is_right(question: Question, intent: str) -> bool:
    if question.kind == "emergency":  # any kind of danger brings the numbers to call
        return intent.startswith("danger.")
    return intent in (question.right if question.kind == "entry" else {question.intent or "out_of_scope"})


def _timed(action: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    done = action()
    return time.perf_counter() - start, done


def _resident(process: str) -> float:
    """The memory that a process holds, in MB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
