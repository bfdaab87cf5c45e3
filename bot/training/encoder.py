"""Trains the static multilingual encoder: a unigram tokenizer and one vector per piece, mean pooled.

Three objectives share one table of vectors:
- translations lie together (in-batch contrastive loss over sentence pairs; Oord et al. 2018, "InfoNCE");
- utterances and texts of one intent lie together, whatever their language (supervised contrastive loss; Khosla et al. 2020);
- optionally, both sides of a pair lie near a teacher's vector of the English side (Reimers & Gurevych 2020).
The first and the last at 256 and at 64 dimensions, so that the first 64 can be used alone (Kusupati et al. 2022,
"Matryoshka"); the second at 128 and 64 only: the rest is left to what texts mean by themselves, or else everything is drawn
to the entries that there are, and those that are written later are not found.
"""

from __future__ import annotations

import gzip
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from anyascii import anyascii

from bot.locales import LOCALES
from bot.model import OUT_OF_SCOPE, BussolaError, Content, Vectors

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Report = Callable[[str], None]
_OWN_TIMES = 3  # our own sentences are few and the nearest to what will be asked
_WORD_TIMES = 2  # so are the words of offices and daily life


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result. The seed makes a run repeatable on one machine."""

    pieces: int = 30000
    dimensions: int = 256
    nested: tuple[int, ...] = (256, 64)
    nested_classes: tuple[int, ...] = (128, 64)
    epochs: int = 12
    batch: int = 512
    rate: float = 0.01
    temperature: float = 0.06
    teacher_weight: float = 6.0
    intents_per_batch: int = 128
    noise: float = 0.15
    seed: int = 7


@dataclass
class Data:
    """English and foreign sides of the pairs (with the foreign locale), and texts by intent."""

    pairs: list[tuple[str, str, str]] = field(default_factory=list)
    classes: dict[str, list[str]] = field(default_factory=dict)


def read(pairs: Path, content: Content, vocabulary: Path | None = None) -> Data:
    """Sentence pairs of our locales from `pairs`/<locale>.tsv.gz, words from `vocabulary`/<locale>.tsv, and content as
    pairs and classes. Raises BussolaError."""
    data = Data()
    files = [path for path in sorted(pairs.glob("*.tsv.gz")) if path.name.split(".")[0] in LOCALES]
    if not files:
        raise BussolaError("no sentence pairs found", str(pairs), "give a folder with <locale>.tsv.gz files")
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            data.pairs += [(*pair, path.name.split(".")[0]) for pair in _two_columns(path, lines)]
    data.pairs += _OWN_TIMES * _own_pairs(content)
    for path in sorted(vocabulary.glob("*.tsv")) if vocabulary else ():
        with path.open(encoding="utf-8") as lines:
            words = [(english, word.strip()) for english, said in _two_columns(path, lines) for word in said.split("|")]
        data.pairs += _WORD_TIMES * [(english, word, path.stem) for english, word in words]
    classes = defaultdict(list)
    for example in content.examples:
        if example.intent != OUT_OF_SCOPE:
            classes[example.intent].append(example.text)
    for answer in content.answers.values():
        classes[answer.entry] += [answer.title, answer.answer]
    data.classes = {intent: texts for intent, texts in sorted(classes.items()) if len(texts) > 1}
    return data


def _two_columns(path: Path, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines, 1):
        english, tab, foreign = line.rstrip("\n").partition("\t")
        if not tab:
            raise BussolaError("a line without a tab", f"{path}:{number}", "write english<TAB>foreign")
        yield english, foreign


def _own_pairs(content: Content) -> list[tuple[str, str, str]]:
    """Sentence pairs of the entries themselves (their lines stand in the same order in every locale), and English
    utterances beside themselves: these teach nothing about translation, but let the teacher say what they mean."""
    pairs = [(example.text, example.text, "en") for example in content.examples if example.locale == "en"]
    for answer in content.answers.values():
        english = content.answers.get((answer.entry, "en"))
        if english is None or answer.locale == "en":
            continue
        for name, text in english.fields().items():
            left, right = _lines(text), _lines(answer.fields().get(name, ""))
            if len(left) == len(right):
                pairs += [(one, other, answer.locale) for one, other in zip(left, right, strict=True)]
    return pairs


def _lines(text: str) -> list[str]:
    lines = (re.sub(r"^(\d+\.|-) |\{\w+\}", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def tokenizer(texts: Iterator[str], pieces: int) -> Tokenizer:
    """A unigram tokenizer over lower-cased text without Latin diacritics, Arabic vowel signs and letter variants."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    result = Tokenizer(models.Unigram())
    result.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex("[\u0300-\u036f\u0640\u064b-\u0655\u0670\u2066-\u2069]"), ""),
            normalizers.NFC(),
            normalizers.Replace(Regex(r"[’`´ʼ]"), "'"),
            normalizers.Replace(Regex(r"(\p{L})\1{2,}"), r"$1$1"),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    result.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Punctuation(),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    result.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=pieces, special_tokens=["[UNK]"], unk_token="[UNK]", max_piece_length=12, show_progress=True
    )
    result.train_from_iterator(texts, trainer)
    return result


def noisy(text: str, chance: float, dice: random.Random) -> str:
    """`text` with typing errors: each word of four letters or more loses, doubles or swaps a letter with `chance`."""
    words = text.split(" ")
    for index, word in enumerate(words):
        if len(word) < 4 or dice.random() > chance:
            continue
        at = dice.randrange(1, len(word) - 1)
        words[index] = dice.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            )
        )
    return " ".join(words)


def romanised(text: str) -> str:
    """`text` in Latin letters, as far as a letter-by-letter table goes."""
    return anyascii(unicodedata.normalize("NFC", text)).lower()


def train(data: Data, recipe: Recipe, teacher: Any, progress: Callable[[Sequence[int], str], Any], say: Report) -> Any:
    """A SentenceTransformer trained by `recipe`. `teacher` is one too, or None; `progress` wraps an iterable."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    torch.manual_seed(recipe.seed)
    dice = random.Random(recipe.seed)
    say(
        f"{len(data.pairs):,} sentence pairs, {sum(map(len, data.classes.values())):,} texts of {len(data.classes)} intents"
    )
    pieces = tokenizer(_vocabulary_texts(data, dice), recipe.pieces)
    bag = torch.nn.EmbeddingBag(pieces.get_vocab_size(), recipe.dimensions, mode="mean", sparse=True)
    torch.nn.init.normal_(bag.weight, std=0.1)
    corpus = _tokenized(data, pieces, recipe, dice, say)
    targets = _teacher_vectors(teacher, data, recipe, say) if teacher is not None else None
    steps = max(1, recipe.epochs * (len(data.pairs) // recipe.batch))
    optimizer = torch.optim.SparseAdam(bag.parameters(), lr=recipe.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=steps + 1, pct_start=0.1)
    for _ in progress(range(steps), "training"):
        rows = dice.sample(range(len(data.pairs)), min(recipe.batch, len(data.pairs)))
        left = _embed(bag, [corpus.english[row] for row in rows])
        right = _embed(bag, [dice.choice(corpus.foreign[row]) for row in rows])
        loss = _pair_loss(left, right, recipe)
        if corpus.classes:
            loss = loss + _class_loss(bag, corpus.classes, recipe, dice)
        if targets is not None:
            loss = loss + _teacher_loss((left, right), torch.from_numpy(targets[rows]), recipe)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()  # type: ignore[no-untyped-call]
        schedule.step()
    return SentenceTransformer(modules=[StaticEmbedding(pieces, embedding_weights=bag.weight.detach())], device="cpu")


@dataclass(frozen=True)
class _Corpus:
    """All texts as piece numbers, read once: tokenizing is most of the work. Each has a few variants."""

    english: list[list[int]]
    foreign: list[list[list[int]]]
    classes: dict[str, list[list[list[int]]]]


def _tokenized(data: Data, pieces: Tokenizer, recipe: Recipe, dice: random.Random, say: Report) -> _Corpus:
    say("tokenizing")

    def numbers(texts: list[str]) -> list[list[int]]:
        return [encoding.ids or [0] for encoding in pieces.encode_batch_fast(texts, add_special_tokens=False)]

    def variants(texts: list[str]) -> list[list[list[int]]]:
        kinds = [numbers(texts), numbers([_varied(text, recipe, dice) for text in texts])]
        return [[kinds[0][row], kinds[0][row], kinds[1][row]] for row in range(len(texts))]

    return _Corpus(
        numbers([english for english, _, _ in data.pairs]),
        variants([foreign for _, foreign, _ in data.pairs]),
        {name: variants(texts) for name, texts in data.classes.items()},
    )


def _vocabulary_texts(data: Data, dice: random.Random) -> Iterator[str]:
    """Texts to learn pieces from: a like share of every locale, romanised text too, utterances twice."""
    by_locale = defaultdict(list)
    for english, foreign, locale in data.pairs:
        by_locale[locale].append(foreign)
        by_locale["en"].append(english)
    for texts in by_locale.values():
        for text in dice.sample(texts, min(len(texts), 3000)):
            yield text
            if not text.isascii() and dice.random() < 0.15:
                yield romanised(text)
    for texts in data.classes.values():
        for text in texts:
            yield from (text, text)


def _embed(bag: Any, texts: list[list[int]]) -> torch.Tensor:
    import torch

    ids = torch.from_numpy(np.fromiter((number for text in texts for number in text), dtype=np.int64))
    starts = torch.from_numpy(np.cumsum([0, *(len(text) for text in texts[:-1])]))
    vectors: torch.Tensor = bag(ids, starts)
    return vectors


def _cut(vectors: torch.Tensor, size: int) -> torch.Tensor:
    import torch

    return torch.nn.functional.normalize(vectors[:, :size], dim=1)


def _pair_loss(left: torch.Tensor, right: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    import torch

    wanted = torch.arange(len(left))
    loss = torch.zeros(())
    for size in recipe.nested:
        scores = _cut(left, size) @ _cut(right, size).T / recipe.temperature
        loss = (
            loss
            + torch.nn.functional.cross_entropy(scores, wanted)
            + torch.nn.functional.cross_entropy(scores.T, wanted)
        )
    return loss / 2


def _varied(text: str, recipe: Recipe, dice: random.Random) -> str:
    if not text.isascii() and dice.random() < 0.12:
        text = romanised(text)
    return noisy(text, recipe.noise, dice) if dice.random() < 0.3 else text


def _class_loss(
    bag: Any, classes: dict[str, list[list[list[int]]]], recipe: Recipe, dice: random.Random
) -> torch.Tensor:
    import torch

    chosen = dice.sample(sorted(classes), min(recipe.intents_per_batch, len(classes)))
    picks = [
        (index, text)
        for index, name in enumerate(chosen)
        for text in dice.sample(classes[name], min(4, len(classes[name])))
    ]
    labels = torch.tensor([index for index, _ in picks])
    vectors = _embed(bag, [dice.choice(text) for _, text in picks])
    same = (labels[:, None] == labels[None, :]) & ~torch.eye(len(labels), dtype=torch.bool)
    loss = torch.zeros(())
    for size in recipe.nested_classes:
        scores = _cut(vectors, size) @ _cut(vectors, size).T / recipe.temperature
        scores = scores.masked_fill(torch.eye(len(labels), dtype=torch.bool), -1e4)
        log_shares = scores - scores.logsumexp(dim=1, keepdim=True)
        loss = loss - ((log_shares * same).sum(dim=1) / same.sum(dim=1).clamp(min=1)).mean()
    return loss


def _teacher_vectors(teacher: Any, data: Data, recipe: Recipe, say: Report) -> Vectors:
    """The teacher's unit vectors of the English sides, turned onto their main axes and cut to our dimensions."""
    texts = sorted({english for english, _, _ in data.pairs})
    say(f"the teacher reads {len(texts):,} English sentences")
    vectors = teacher.encode(texts, batch_size=256, show_progress_bar=True, normalize_embeddings=True)
    _, _, axes = np.linalg.svd(vectors[:: max(1, len(vectors) // 20000)], full_matrices=False)
    turned = vectors @ axes[: recipe.dimensions].T
    turned = (turned / np.linalg.norm(turned, axis=1, keepdims=True)).astype(np.float32)
    rows = {text: row for row, text in enumerate(texts)}
    return np.asarray(turned[[rows[english] for english, _, _ in data.pairs]])


def _teacher_loss(sides: tuple[torch.Tensor, ...], wanted: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    import torch

    loss = torch.zeros(())
    for vectors in sides:
        for size in recipe.nested:
            loss = loss + 1 - (_cut(vectors, size) * _cut(wanted, size)).sum(dim=1).mean()
    return loss * recipe.teacher_weight / (2 * len(recipe.nested))


def save(model: Any, folder: Path, card: str) -> None:
    """Writes the model in half precision (as sentence-transformers reads it) with its model card."""
    model.half()
    model.save(str(folder), create_model_card=False)
    (folder / "README.md").write_text(card, encoding="utf-8")
