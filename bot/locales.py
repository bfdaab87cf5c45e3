"""Locales as BCP 47 tags: their own names, scripts, direction and the nearest one to fall back to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Locale:
    """A language that Bussola can speak. `script` is ISO 15924; `fallback` is read by most people who read this one."""

    tag: str
    name: str
    script: str
    fallback: tuple[str, ...] = ("en", "it")

    @property
    def dir(self) -> str:
        """ltr or rtl."""
        return "rtl" if self.script == "Arab" else "ltr"


_ALL = (
    Locale("it", "Italiano", "Latn", ("en",)),
    Locale("en", "English", "Latn", ("it",)),
    Locale("fr", "Français", "Latn"),
    Locale("es", "Español", "Latn"),
    Locale("pt", "Português", "Latn", ("es", "en", "it")),
    Locale("ro", "Română", "Latn", ("it", "en")),
    Locale("sq", "Shqip", "Latn", ("it", "en")),
    Locale("bg", "Български", "Cyrl", ("ru", "en", "it")),
    Locale("uk", "Українська", "Cyrl", ("ru", "en", "it")),
    Locale("ru", "Русский", "Cyrl", ("uk", "en", "it")),
    Locale("pl", "Polski", "Latn"),
    Locale("ka", "ქართული", "Geor", ("ru", "en", "it")),
    Locale("tr", "Türkçe", "Latn"),
    Locale("ar", "العربية", "Arab", ("fr", "en", "it")),
    Locale("fa", "فارسی", "Arab"),
    Locale("ps", "پښتو", "Arab", ("fa", "ur", "en", "it")),
    Locale("ur", "اردو", "Arab", ("en", "hi", "it")),
    Locale("hi", "हिन्दी", "Deva", ("en", "it")),
    Locale("pa", "ਪੰਜਾਬੀ", "Guru", ("hi", "en", "it")),
    Locale("bn", "বাংলা", "Beng"),
    Locale("si", "සිංහල", "Sinh"),
    Locale("zh", "中文", "Hans"),
    Locale("so", "Soomaali", "Latn", ("en", "ar", "it")),
    Locale("ti", "ትግርኛ", "Ethi"),
)
LOCALES = {locale.tag: locale for locale in _ALL}
SOURCE = "it"  # the locale in which mediators write first

_BLOCKS = (
    ("Arab", 0x0600, 0x077F),
    ("Arab", 0x08A0, 0x08FF),
    ("Arab", 0xFB50, 0xFDFF),
    ("Arab", 0xFE70, 0xFEFF),
    ("Beng", 0x0980, 0x09FF),
    ("Deva", 0x0900, 0x097F),
    ("Guru", 0x0A00, 0x0A7F),
    ("Sinh", 0x0D80, 0x0DFF),
    ("Cyrl", 0x0400, 0x052F),
    ("Geor", 0x10A0, 0x10FF),
    ("Geor", 0x1C90, 0x1CBF),
    ("Ethi", 0x1200, 0x139F),
    ("Hans", 0x3400, 0x9FFF),
    ("Hans", 0xF900, 0xFAFF),
    ("Latn", 0x0041, 0x024F),
    ("Latn", 0x1E00, 0x1EFF),
)


@lru_cache(maxsize=4096)
@lru_cache(4096)
def script_of(character: str) -> str | None:
    """The script of a letter, among those of our locales; None for digits, punctuation and other scripts."""
    if not character.isalpha() and not ("\u0900" <= character <= "\u0dff"):
        return None
    code = ord(character)
    return next((script for script, low, high in _BLOCKS if low <= code <= high), None)


def scripts(text: str) -> dict[str, int]:
    """How many letters of each script a text has."""
    counts: dict[str, int] = {}
    for character, times in Counter(text).items():
        script = script_of(character)
        if script:
            counts[script] = counts.get(script, 0) + times
    return counts


def resolve(tag: str | None) -> str | None:
    """Our tag for any BCP 47 tag ("pt-BR" -> "pt", "zh-Hans-CN" -> "zh"); None when we do not speak it."""
    if not tag:
        return None
    language = tag.replace("_", "-").split("-")[0].lower()
    language = {"cmn": "zh", "prs": "fa", "arb": "ar", "mo": "ro", "als": "sq"}.get(language, language)
    return language if language in LOCALES else None


def chain(tag: str, available: tuple[str, ...]) -> tuple[str, ...]:
    """The locales to try for a reader of `tag`, nearest first, among those available."""
    wanted = (tag, *LOCALES[tag].fallback) if tag in LOCALES else (tag, "en", "it")
    return tuple(item for item in wanted if item in available) or tuple(available[:1])
