"""Which language a question is in: Bussola beside lingua and py3langid, on the same questions.

pip install lingua-language-detector py3langid    (100 MB; only this benchmark needs them)
python benchmarks/language.py [--questions FILE_OR_FOLDER]

Both libraries are told which languages may come. What lingua has no model for (Pashto, Sinhala, Tigrinya) counts against
it, as people ask in these languages too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.build import progress_bar, read_content
from bot.language import LanguageIdentifier
from bot.locales import LOCALES
from bot.training.evaluate import Question, read

ROOT = Path(__file__).parent.parent
Identify = Callable[[str], str]


def main() -> None:
    """Measures each that is installed and prints one table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--questions", type=Path, default=ROOT / "tests/eval")
    questions = read(options.parse_args().questions)
    groups = {
        "all": questions,
        "romanised": [question for question in questions if question.style == "romanised"],
        "under 20 letters": [question for question in questions if len(question.turns[0]) < 20],
    }
    print(
        f"{'':12}" + "".join(f"{f'{name} ({len(group)})':>24}" for name, group in groups.items()) + f"{'ms each':>10}"
    )
    for name, make in (("Bussola", _own), ("lingua", _lingua), ("py3langid", _py3langid)):
        try:
            identify = make()
        except ImportError:
            print(f"{name:12}  not installed")
            continue
        start = time.perf_counter()
        right = {question: identify(question.turns[0]) == question.lang for question in progress_bar(questions, name)}
        each = (time.perf_counter() - start) / len(questions) * 1000
        print(f"{name:12}" + "".join(f"{_share(right, group):>24.3f}" for group in groups.values()) + f"{each:>10.2f}")


def _share(right: dict[Question, bool], group: Sequence[Question]) -> float:
    return sum(right[question] for question in group) / max(len(group), 1)


def _own() -> Identify:
    content, _ = read_content(ROOT)
    identifier = LanguageIdentifier(content.examples)
    return lambda text: identifier.identify(text).locale


def _lingua() -> Identify:
    from lingua import Language, LanguageDetectorBuilder

    codes = {code.name.lower(): code for code in (language.iso_code_639_1 for language in Language.all())}
    known = [codes[tag] for tag in LOCALES if tag in codes]
    detector = LanguageDetectorBuilder.from_iso_codes_639_1(*known).with_preloaded_language_models().build()

    def identify(text: str) -> str:
        found = detector.detect_language_of(text)
        return str(found.iso_code_639_1.name).lower() if found else ""

    return identify


def _py3langid() -> Identify:
    from py3langid.langid import MODEL_FILE
    from py3langid.langid import LanguageIdentifier as Identifier

    identifier = Identifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([tag for tag in LOCALES if tag in set(identifier.labels)])
    return lambda text: str(identifier.classify(text)[0])


if __name__ == "__main__":
    main()
