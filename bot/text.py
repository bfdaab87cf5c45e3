"""Forms of a text in which different spellings look alike. Pure functions; nothing here knows a locale."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

# Latin diacritics; Arabic tatweel, vowel signs, hamza marks and the small alef; the bidi isolates around values.
_MARKS = re.compile("[\u0300-\u036f\u0640\u064b-\u0655\u0670\u200e\u200f\u2066-\u2069]")
_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ہ": "ه"})
_WORDS = re.compile(r"[^\w]+|_+")
_LONG = re.compile(r"(.)\1{2,}")
_WORDS_KEPT = 16384  # people's words come again and again


@lru_cache(maxsize=512)
def normal(text: str) -> str:
    """Compatibility form, no case, no diacritics, one alef, words with one space between: what patterns match."""
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    # Marks of Indic scripts are vowels and belong to the word: \w misses some, so only real separators are cut.
    text = unicodedata.normalize("NFC", text).translate(_ARABIC)
    cleaned = "".join(
        c if c.isalnum() or (kind := unicodedata.category(c))[0] == "M" else "" if kind == "Cf" else " " for c in text
    )
    return _LONG.sub(r"\1\1", " ".join(cleaned.split()))


def same_letters(pattern: str) -> str:
    """A regular expression whose letters are those of `normal` texts: Persian and Urdu ones, and those with a hamza, would
    never be found there."""
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", pattern))).translate(_ARABIC)


_DIGITS = str.maketrans({"2": "", "3": "", "5": "k", "7": "h", "8": "g", "9": "k", "'": "", "`": "", "6": "t"})
_SOUNDS = (
    ("sch", "s"),
    ("sh", "s"),
    ("ch", "s"),
    ("kh", "k"),
    ("gh", "g"),
    ("ph", "f"),
    ("th", "t"),
    ("dh", "d"),
    ("bh", "b"),
    ("jh", "j"),
    ("zh", "j"),
    ("ts", "s"),
    ("dj", "j"),
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("ck", "k"),
    ("qu", "ku"),
)
_LETTERS = str.maketrans(
    {"q": "k", "c": "k", "x": "k", "z": "s", "j": "g", "w": "v", "y": "i", "p": "b", "d": "t", "h": ""}
)
_VOWELS = str.maketrans("", "", "aeiou")


def sound(text: str) -> str:
    """A rough Latin spelling of how `text` (in `normal` form) sounds: scripts and romanisations meet here."""
    return " ".join(filter(None, map(_sound, text.split())))


@lru_cache(_WORDS_KEPT)
def _sound(spelt: str) -> str:
    words = []
    for word in anyascii(spelt).lower().split():
        if not word.isdigit():
            word = word.translate(_DIGITS)
        for letters, letter in _SOUNDS:
            word = word.replace(letters, letter)
        word = word.translate(_LETTERS)
        words.append(re.sub(r"(.)\1+", r"\1", re.sub(r"[^a-z0-9]", "", word)))
    return " ".join(word for word in words if word)


def skeleton(text: str) -> str:
    """The consonants of `sound(text)`: Arabic is written so, and people romanise vowels as they like."""
    return " ".join(word[:1] + word[1:].translate(_VOWELS) for word in sound(text).split())


_PERSONAL = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "<email>"),
    (re.compile(r"https?://\S+"), "<link>"),
    (re.compile(r"\b[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]\b", re.I), "<tax code>"),
    (re.compile(r"\b[A-Z]{1,3}\d{6,9}\b", re.I), "<document>"),
    (re.compile(r"\+?\d(?:[\s./-]?\d){5,}"), "<number>"),
    (
        re.compile(
            r"(?i)\b(my name is|mi chiamo|sono il signor|je m'appelle|quhem|мене звати|اسمي|আমার নাম|我叫|我的名字是)\s*(\S+(?:\s\S+)?)"
        ),
        r"\1 <name>",
    ),
)


def without_personal_data(text: str) -> str:
    """`text` with addresses, long numbers, tax codes, document numbers and self-introductions replaced by <kind>."""
    for pattern, placeholder in _PERSONAL:
        text = pattern.sub(placeholder, text)
    return text
