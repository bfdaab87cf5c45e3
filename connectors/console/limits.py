"""What limits an account, to read and to write: locales, regions and towns."""

from __future__ import annotations

from collections.abc import Sequence

from bot.locales import LOCALES
from bot.model import BussolaError, Content
from bot.text import normal
from connectors.console import account_words as said
from connectors.console.front import Form

Limits = tuple[tuple[str, ...], tuple[str, ...]]


def regions(content: Content) -> list[str]:
    """The regions that places lie in."""
    return sorted({place.region for place in content.places})


def areas(content: Content) -> dict[str, str]:
    """What regions and then towns are called, by id."""
    towns = sorted((place.name, place.id) for place in content.places)
    return {region: region.title() for region in regions(content)} | {key: name for name, key in towns}


def limits(content: Content, locales: Sequence[str], places: Sequence[str]) -> str:
    """The limits by name, to read; empty for none."""
    return ", ".join([*(LOCALES[tag].name for tag in locales if tag in LOCALES), *named(content, places)])


def named(content: Content, places: Sequence[str]) -> list[str]:
    """The names of regions and places."""
    names = areas(content)
    return [names.get(area, area.title()) for area in places]


def chosen(content: Content, posted: Form) -> Limits:
    """The locales and places that a form limits an account to. Raises BussolaError that names a town nobody knows."""
    locales = tuple(tag for tag in LOCALES if f"locale.{tag}" in posted)
    areas = [region for region in regions(content) if f"region.{region}" in posted]
    by_name = {normal(place.name): place.id for place in content.places}
    for name in filter(None, map(str.strip, posted.get("towns", "").split(","))):
        found = by_name.get(normal(name))
        if found is None:
            raise BussolaError(said.UNKNOWN_TOWN, "account", name)
        areas.append(found)
    return locales, tuple(dict.fromkeys(areas))
