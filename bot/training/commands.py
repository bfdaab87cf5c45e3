"""`bussola train`: what the command does, with its progress and its model card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.build import FUSION, build, progress_bar, read_content
from bot.model import BussolaError
from bot.settings import Settings
from bot.training import calibrate, encoder
from bot.training.evaluate import read

_CARD = """---
license: eupl-1.2
library_name: sentence-transformers
---
# Bussola's encoder

A static multilingual sentence encoder: {pieces:,} unigram pieces x {dimensions} dimensions in half precision, mean pooled; the
first 64 dimensions can be used alone. Made for short questions of migrants in Italy; not for anything else.

Trained by `bussola train --pairs DIR{teacher}` on {pairs:,} sentence pairs of {locales} locales and {texts:,} utterances and
texts of this project, {epochs} epochs, seed {seed}.

Sentence pairs: NTREX-128 (CC BY-SA 4.0), TICO-19 (CC0), SIB-200/FLORES (CC BY-SA 4.0), Tatoeba via LASER (CC BY 2.0 FR),
HornMT (CC BY 4.0), Refugee Phrasebook (MIT/CC0), Integreat app strings (MIT) and page titles (CC BY 4.0), GATITOS (CC BY 4.0).
No pairs for Bulgarian. Vocabulary of offices and daily life, utterances and texts: this project (EUPL-1.2), written by
language models, not yet read by native speakers.
{teacher_note}

Figures by language: `python benchmarks/encoder.py FOLDER`; what each source of data is worth: `python benchmarks/ablation.py PAIRS`.
"""


def train_encoder(settings: Settings, pairs: Path, teacher: str | None, epochs: int, folder: Path) -> None:
    """Trains the encoder and writes it to `folder`. Raises BussolaError when pairs, content or teacher are not usable."""
    content, faults = read_content(settings.content)
    if faults:
        raise BussolaError(
            faults[0].what, f"{faults[0].file}:{faults[0].line}", "run `bussola check` and mend what it names"
        )
    data, recipe = encoder.read(pairs, content, settings.content / "nlu_data/vocabulary"), encoder.Recipe(epochs=epochs)
    model = encoder.train(data, recipe, load_teacher(teacher), progress_bar, print)
    texts = sum(map(len, data.classes.values()))
    card = _CARD.format(
        pieces=recipe.pieces,
        dimensions=recipe.dimensions,
        pairs=len(data.pairs),
        texts=texts,
        epochs=epochs,
        seed=recipe.seed,
        locales=len({locale for _, _, locale in data.pairs}),
        teacher=" --teacher all-MiniLM-L6-v2" if teacher else "",
        teacher_note="Both sides of each pair were also drawn towards all-MiniLM-L6-v2's vector (Apache-2.0) of the English side."
        if teacher
        else "",
    )
    encoder.save(model, folder, card)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB")


def load_teacher(name: str | None) -> Any:
    """The sentence-transformers model in a folder; None for None. Raises BussolaError when it cannot be used."""
    if name is None:
        return None
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, device="cpu", local_files_only=True)
    except Exception as error:  # the library raises many kinds; each means that this model cannot be used
        raise BussolaError(
            f"the teacher cannot be loaded: {error}", name, "give the folder of a sentence-transformers model"
        ) from error


def train_fusion(settings: Settings, validation: Path) -> None:
    """Fits the fusion on validation questions and writes it."""
    questions = read(validation)
    fitted = calibrate.fit(build(settings).assistant, settings.nlu, questions, progress_bar)
    calibrate.save(settings.nlu, fitted, FUSION)
    print(f"{FUSION}: {fitted['thresholds']} on {fitted['fitted_on']}")
