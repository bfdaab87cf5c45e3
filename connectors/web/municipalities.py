"""The municipalities that one server is the desk of: read from a YAML file, checked, every fault with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.locales import LOCALES
from bot.model import BussolaError
from connectors.web import written

_WORDS = {"name", "place", "colour", "logo", "hours", "exit", "origins", "accessibility"}
_RESERVED = {"accessibility", "console", "health", "metrics", "static", "webhooks", *LOCALES}
_SLUG, _COLOUR = re.compile(r"[a-z][a-z0-9-]{1,59}"), re.compile(r"#[0-9a-fA-F]{6}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")
_CONTACT = re.compile(r"https://[^\s\"<>]+|[^\s@<>\":?&]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_LOGOS = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
_ON_COLOUR, _LEAST = "#f1ece0", 4.5  # the darker of the two colours of letters on it (tokens.css); WCAG 2.2, 1.4.3
_HEAVIEST = 50_000  # bytes of a logo
Find = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality as people see it, and the origins of its own pages, which may hold the widget."""

    slug: str
    name: str
    place: str
    colour: str = ""
    logo: Path | None = None
    hours: str = ""
    exit: str = ""
    origins: tuple[str, ...] = ()
    accessibility: str = ""  # an e-mail or web address for who cannot use something

    @property
    def logo_type(self) -> str:
        """The media type of the logo."""
        return _LOGOS[self.logo.suffix.lower()] if self.logo else ""


def read(path: Path | None, place: Find) -> Mapping[str, Municipality]:
    """The municipalities by slug; `place` gives the id of a place by its name. Raises BussolaError with file and line."""
    if path is None:
        return {}
    try:
        tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        todo = "set BUSSOLA_MUNICIPALITIES to a file that can be read, or leave it out"
        raise BussolaError(f"cannot be read: {error.strerror}", str(path), todo) from error
    except (yaml.MarkedYAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1 if mark else 1}"
        raise BussolaError("not valid YAML", where, "mend the line named here") from error
    found = {}
    for slug, node in _pairs(path, tree, "the file"):
        found[slug.value] = _municipality(path, slug, node, place)
    return found


def _municipality(path: Path, slug: yaml.Node, node: yaml.Node, place: Find) -> Municipality:
    def fault(at: yaml.Node, what: str, todo: str) -> BussolaError:
        return BussolaError(f"{slug.value}: {what}", f"{path}:{at.start_mark.line + 1}", todo)

    if not _SLUG.fullmatch(str(slug.value)) or slug.value in _RESERVED:
        raise fault(slug, "cannot be an address", "use small letters, digits and -, and no word that is a page already")
    said: dict[str, Any] = {}
    lines: dict[str, yaml.Node] = {"name": slug, "place": slug}
    for key, value in _pairs(path, node, str(slug.value)):
        if key.value not in _WORDS:
            raise fault(key, f"unknown word {key.value!r}", f"use {', '.join(sorted(_WORDS))}")
        said[key.value], lines[key.value] = yaml.SafeLoader("").construct_document(value), key
    origins = said.pop("origins", None) or []
    for name, text in said.items():
        if not isinstance(text, str) or not text.strip():
            raise fault(lines[name], f"{name} is no text", 'write a text, in quotation marks where it begins with "#"')
    if "name" not in said or "place" not in said:
        raise fault(slug, "name or place is missing", "write both")
    town = place(said["place"])
    if town is None:
        raise fault(lines["place"], f"no place named {said['place']!r}", "use a town of Puglia or Campania")
    if "colour" in said and (wrong := _unreadable(said["colour"])):
        raise fault(lines["colour"], *wrong)
    if "hours" in said and written.hours(said["hours"], "it", "24/7") is None:
        raise fault(
            lines["hours"],
            f"the hours {said['hours']!r} cannot be read",
            "write them as Mo-Fr 09:00-12:30; Sa 09:00-11:00",
        )
    logo = path.parent / said["logo"] if "logo" in said else None
    if logo and (logo.suffix.lower() not in _LOGOS or not logo.is_file() or logo.stat().st_size > _HEAVIEST):
        raise fault(
            lines["logo"],
            f"{logo} cannot be the logo",
            f"name an .svg, .png, .jpg or .webp file of at most {_HEAVIEST // 1000} kB",
        )
    if not isinstance(origins, list) or not all(isinstance(each, str) and _ORIGIN.fullmatch(each) for each in origins):
        raise fault(
            lines["origins"], "origins are not addresses", "write a list such as [https://www.comune.example.it]"
        )
    if "exit" in said and not re.fullmatch(r"https://[^\s\"<>]+", said["exit"]):
        raise fault(lines["exit"], "exit is no address", "write one that begins with https://")
    if "accessibility" in said and not _CONTACT.fullmatch(said["accessibility"]):
        raise fault(
            lines["accessibility"],
            "accessibility is no address",
            "write an e-mail address, or one that begins with https://",
        )
    return Municipality(slug.value, **{**said, "place": town, "logo": logo, "origins": tuple(origins)})


def _pairs(path: Path, node: yaml.Node | None, what: str) -> list[tuple[Any, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + 1 if node else 1
        raise BussolaError(f"{what} holds no names and values", f"{path}:{line}", "write `name: value`, one a line")
    return list(node.value)


def _unreadable(colour: str) -> tuple[str, str] | None:
    """What is wrong with a colour and what to do, if anything: light letters stand on it."""
    if not _COLOUR.fullmatch(colour):
        return f"{colour!r} is no colour", 'write it as "#1c5d7c"'
    light, dark = sorted((_luminance(_ON_COLOUR), _luminance(colour)), reverse=True)
    ratio = (light + 0.05) / (dark + 0.05)
    if _luminance(colour) > _luminance(_ON_COLOUR) or ratio < _LEAST:
        return f"light letters on {colour} have a contrast of {ratio:.1f}, and need {_LEAST}", "choose a darker colour"
    return None


def _luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
