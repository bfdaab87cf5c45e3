"""The one place that reads encoders: texts in, unit vectors out."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.model import BussolaError, Vectors
from bot.ports import Embedder

_BATCH = 1024
_TEXTS_KEPT = 64


def open_encoder(model: str) -> Embedder:
    """The encoder in a folder or (if it is in the local cache) under a name: any sentence-transformers model. Nothing is
    downloaded. Raises BussolaError when it is missing or broken."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        encode = _static(Path(model)) if _is_static(Path(model)) else _transformer(model)
        return _Encoder(encode, _fingerprint(model))
    except Exception as error:  # the libraries raise many kinds; each means that this model cannot be used
        raise BussolaError(
            f"the encoder cannot be loaded: {error}",
            model,
            "restore the folder, or set BUSSOLA_ENCODER to a sentence-transformers model",
        ) from error


class _Encoder:
    """Gives every vector the length 1, and remembers the last ones: a message and its parts are embedded for intents and
    for retrieval."""

    def __init__(self, encode: Callable[[list[str]], Vectors], fingerprint: str) -> None:
        self._encode, self.fingerprint = encode, fingerprint
        self._one = lru_cache(_TEXTS_KEPT)(lambda text: self._unit([text]))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector of float32 a text, as rows."""
        return self._one(texts[0]) if len(texts) == 1 else self._unit(texts)

    def _unit(self, texts: Sequence[str]) -> Vectors:
        found = self._encode(list(texts))
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        return found


def _is_static(folder: Path) -> bool:
    """Whether a model is nothing but a table of token vectors, which are averaged (sentence-transformers calls it
    StaticEmbedding)."""
    listed = folder / "modules.json"
    modules = json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else []
    return len(modules) == 1 and modules[0]["type"].endswith(".StaticEmbedding") and modules[0]["path"] == ""


def _static(folder: Path) -> Callable[[list[str]], Vectors]:
    """Reads a static model without sentence-transformers: the same vectors (a test compares them) for a sixteenth of
    the memory and without the seconds that torch takes to load."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    (table,) = load_file(folder / "model.safetensors").values()

    def some(texts: list[str]) -> Vectors:
        if len(texts) == 1:  # a message; to spread one text over cores takes longer than to cut it
            tokens = [tokenizer.encode(texts[0], add_special_tokens=False).ids]
        else:
            tokens = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        rows = np.zeros((len(texts), table.shape[1]), dtype=np.float32)
        for row, ids in zip(rows, tokens, strict=True):
            if ids:
                table[ids].mean(axis=0, dtype=np.float32, out=row)
        return rows

    return lambda texts: np.vstack(
        [some(texts[start : start + _BATCH]) for start in range(0, max(len(texts), 1), _BATCH)]
    )


def _transformer(model: str) -> Callable[[list[str]], Vectors]:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)  # one short text at a time: more threads only wait for each other
    loaded = SentenceTransformer(model, device="cpu", local_files_only=True)
    return lambda texts: np.array(loaded.encode(texts, batch_size=512, show_progress_bar=False), dtype=np.float32)


def _fingerprint(model: str) -> str:
    weights = sorted(Path(model).glob("**/*.safetensors")) if Path(model).is_dir() else []
    digest = hashlib.sha256(model.encode() if not weights else b"")
    for path in weights:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
