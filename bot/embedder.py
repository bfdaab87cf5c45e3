"""The one place that imports sentence_transformers: texts in, unit vectors out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.model import BussolaError, Vectors


class SentenceEmbedder:
    """Any sentence-transformers model, from a folder or (if it is in the local cache) by name. Nothing is downloaded."""

    def __init__(self, model: str) -> None:
        """Loads the model. Raises BussolaError when it is missing or broken."""
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            import torch
            from sentence_transformers import SentenceTransformer

            torch.set_num_threads(1)  # one short text at a time: more threads only wait for each other

            self._model = SentenceTransformer(model, device="cpu", local_files_only=True)
        except Exception as error:  # the library raises many kinds; each means that this model cannot be used
            raise BussolaError(
                f"the encoder cannot be loaded: {error}",
                model,
                "restore the folder, or set BUSSOLA_ENCODER to a sentence-transformers model",
            ) from error
        self.fingerprint = _fingerprint(model)
        self._last: tuple[str, Vectors] = ("", np.zeros((1, 1), dtype=np.float32))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector of float32 a text, as rows."""
        if len(texts) == 1 and texts[0] == self._last[0]:
            return self._last[1]  # one message is embedded for intents and for retrieval
        vectors = self._model.encode(list(texts), batch_size=512, normalize_embeddings=True, show_progress_bar=False)
        result = np.asarray(vectors, dtype=np.float32)
        if len(texts) == 1:
            self._last = (texts[0], result)
        return result


def _fingerprint(model: str) -> str:
    weights = sorted(Path(model).glob("**/*.safetensors")) if Path(model).is_dir() else []
    digest = hashlib.sha256(model.encode() if not weights else b"")
    for path in weights:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
