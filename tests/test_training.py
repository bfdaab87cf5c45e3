"""`bussola train` on a tiny fixture: a real encoder that sentence-transformers loads, and a fusion that is read back."""

from __future__ import annotations

import gzip
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from bot.build import Bussola
from bot.embedder import open_encoder
from bot.locales import LOCALES
from bot.model import BussolaError
from bot.ranking import FEATURES, UNLEARNT
from bot.training import calibrate, encoder
from bot.training.evaluate import read
from bot.training.reliability import bins, calibration_error, picture
from tests.small import content, logistic

PAIRS = [("the dog sleeps", "il cane dorme"), ("the cat eats", "il gatto mangia"), ("I renew my permit", "rinnovo il mio permesso"),
         ("where is the office", "dove si trova l'ufficio"), ("how much is it", "quanto costa"), ("good morning", "buongiorno")]  # fmt: skip


def test_an_encoder_is_trained_saved_and_loaded_and_brings_translations_together(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "it.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{english}\t{italian}\n" for english, italian in PAIRS * 5)
    data = encoder.read(tmp_path, content())
    recipe = encoder.Recipe(
        pieces=300, dimensions=64, nested=(64, 16), nested_classes=(64, 16), epochs=40, batch=6, intents_per_batch=4
    )
    model = encoder.train(data, recipe, None, lambda items, _: items, lambda _: None)
    encoder.save(model, tmp_path / "encoder", "# card\n")
    loaded = open_encoder(str(tmp_path / "encoder"))
    left, right = (loaded.embed([pair[side] for pair in PAIRS]) for side in (0, 1))
    assert left.shape == (6, 64)
    assert np.allclose(np.linalg.norm(left, axis=1), 1, atol=1e-2)
    assert (np.argmax(left @ right.T, axis=1) == np.arange(6)).all()
    assert (tmp_path / "encoder/README.md").read_text() == "# card\n"


def test_a_broken_pair_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(BussolaError, match=r"no sentence pairs found"):
        encoder.read(tmp_path, content())
    with gzip.open(tmp_path / "it.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("one\tuno\nno tab here\n")
    with pytest.raises(BussolaError, match=r"it\.tsv\.gz:2: a line without a tab"):
        encoder.read(tmp_path, content())


def test_every_word_of_the_vocabulary_is_a_pair_and_a_broken_line_is_named(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "it.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("one\tuno\n")
    (tmp_path / "ro.tsv").write_text("bus stop\tstație | stație de autobuz\n", encoding="utf-8")
    pairs = encoder.read(tmp_path, content(), tmp_path).pairs
    assert {pair for pair in pairs if pair[2] == "ro"} == {
        ("bus stop", "stație", "ro"),
        ("bus stop", "stație de autobuz", "ro"),
    }
    (tmp_path / "ro.tsv").write_text("bus stop: stație\n", encoding="utf-8")
    with pytest.raises(BussolaError, match=r"ro\.tsv:1: a line without a tab"):
        encoder.read(tmp_path, content(), tmp_path)


def test_the_vocabulary_says_the_same_words_in_every_language() -> None:
    folder = Path(__file__).parent.parent / "nlu_data/vocabulary"
    said = {
        path.stem: [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        for path in folder.glob("*.tsv")
    }
    assert said.keys() == LOCALES.keys() - {"en"}
    english = [line[0] for line in said["it"]]
    assert len(set(english)) == len(english) > 500
    for locale, lines in said.items():
        assert [line[0] for line in lines] == english, locale
        assert all(len(line) == 2 and all(word.strip() for word in line[1].split("|")) for line in lines), locale


def test_the_shipped_encoder_is_small_and_has_a_card() -> None:
    folder = Path(__file__).parent.parent / "bot/encoder"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 20_000_000
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert all(name in card for name in ("NTREX-128", "TICO-19", "Tatoeba", "GATITOS", "256", "64"))
    assert open_encoder(str(folder)).embed(["ciao"]).shape == (1, 256)


def test_the_shipped_encoder_is_read_as_sentence_transformers_reads_it() -> None:
    from sentence_transformers import SentenceTransformer

    folder = str(Path(__file__).parent.parent / "bot/encoder")
    texts = [question.turns[0] for question in read(Path(__file__).parent / "eval")][::9]
    theirs = SentenceTransformer(folder, device="cpu", local_files_only=True).encode(texts, normalize_embeddings=True)
    assert len(texts) >= 150
    assert np.allclose(open_encoder(folder).embed(texts), theirs, atol=1e-3)
    assert not open_encoder(folder).embed(["", "  "]).any()


def test_the_fusion_is_fitted_on_questions(bussola: Bussola) -> None:
    questions = read(Path(__file__).parent.parent / "nlu_data/validation")[:250]
    fitted = calibrate.fit(bussola.assistant, "embedded", questions, lambda items, _: items)
    assert fitted["learnt"]["features"] == FEATURES
    assert len(fitted["learnt"]["weights"]) == len(logistic(0.0).weights)
    assert fitted["unlearnt"]["weights"][UNLEARNT.index("standing_lead")] != 0
    assert 0 < fitted["thresholds"]["answer"] < 1 and fitted["fitted_on"]["questions"] == 250


def test_calibration_error_is_the_mean_distance_of_confidence_and_truth() -> None:
    assert calibration_error(bins([(0.8, True)] * 4 + [(0.8, False)])) == pytest.approx(0)
    assert calibration_error(bins([(0.8, True)] * 4 + [(1.0, False)])) == pytest.approx(0.8 * 0.2 + 0.2 * 1.0)
    assert calibration_error([]) == 0


def test_the_reliability_diagram_has_a_bar_for_each_tenth_that_was_said() -> None:
    drawn = ElementTree.fromstring(picture(bins([(0.05, False), (0.95, True), (1.0, True)]), "<test>"))
    bars = [item for item in drawn.iter("{http://www.w3.org/2000/svg}rect") if item.get("fill") == "#2a6f97"]
    assert [(bar.get("x"), bar.get("height")) for bar in bars] == [("52", "0"), ("412", "400")]
