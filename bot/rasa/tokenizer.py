"""The one module that Rasa imports (Python 3.10, its own environment): it must import nothing of the app."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

# A run of letters, digits and marks is a word; a Chinese character is one by itself, as nothing stands between words.
# Marks are named by block: \w leaves out the vowel signs of Indic scripts.
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORDS = re.compile(rf"[{_HAN}]|(?:(?![{_HAN}])[\w\u0300-\u036f\u0900-\u0dff])+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class ScriptTokenizer(Tokenizer):
    """Cuts a text as its script does: at spaces and punctuation, and around each Chinese character."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """What Rasa's tokenizers want to be told; intents and words stay whole."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The words of one attribute of a message, with where they begin."""
        text = message.get(attribute)
        return [Token(found.group(), found.start()) for found in _WORDS.finditer(text)] or [Token(text, 0)]
