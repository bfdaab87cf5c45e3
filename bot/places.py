"""Where people are: places named in a text, distances between towns, and whether an office is open."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from bot.locales import scripts
from bot.model import Place, Service
from bot.text import normal

# Names that are also common words or other things: these count only when spelt with a capital or after nothing else.
_COMMON = {
    "bari",
    "sava",
    "troia",
    "andria",
    "turi",
    "nola",
    "sala",
    "vico",
    "capua",
    "la",
    "campagna",
    "eboli",
    "sarno",
    "ordona",
    "polla",
    "lucera",
    "nocera",
}
_FAR = timedelta(days=60)  # an office that opens later than this is closed for now
_ENOUGH = 8  # characters beside the name of a place that can be a question
_INFLECTED = 3  # letters that a language may add to a name: Foggiada, у Неаполі, ফোজ্জায়


class Gazetteer:
    """Finds places by any of their spellings."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.by_id = {place.id: place for place in places}
        self.by_name = {normal(place.name): place for place in places}
        self._spellings: dict[str, Place] = dict(self.by_name)
        self._han: list[tuple[str, Place]] = []
        for place in places:
            for locale, names in place.names.items():
                for name in names:
                    self._spellings.setdefault(normal(name), place)
                    if locale == "zh":
                        self._han.append((name, place))
        self._han.sort(key=lambda item: -len(item[0]))
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for name in self._spellings:
            self._by_start[name[:2]].append(name)

    def get(self, name: str | None) -> Place | None:
        """A place by id or by any of its spellings, for `--place Foggia` and `data-place`."""
        if not name:
            return None
        return self.by_id.get(name) or self._spellings.get(normal(name)) or self.find(name)

    def find(self, text: str) -> Place | None:
        """The place that `text` names, also misspelt or inflected; the longest spelling wins. None if it names none."""
        return self.locate(text)[0]

    def locate(self, text: str) -> tuple[Place | None, str]:
        """The place that `text` names, and the text without its name: what is asked does not depend on where."""
        if scripts(text).get("Hans", 0):
            for spelling, place in self._han:
                if spelling in text:
                    return place, text.replace(spelling, " ")
        tokens = text.split()
        forms = [normal(token).split() for token in tokens]
        words = [word for form in forms for word in form]
        owners = [at for at, form in enumerate(forms) for _ in form]
        capital = {normal(word) for word in text.split() if word[:1].isupper()}
        for size in (4, 3, 2, 1):
            for start in range(len(words) - size + 1):
                name = " ".join(words[start : start + size])
                found = self._spellings.get(name)
                if found and (name not in _COMMON or name in capital or len(words) <= 3):
                    return found, _without(tokens, owners[start : start + size])
        for start, word in enumerate(words):
            if near := self._near(word):
                return near, _without(tokens, owners[start : start + 1])
        return None, text

    def apart(self, text: str) -> tuple[Place | None, str]:
        """The place that `text` names, and the text without its name, if there is a question beside it."""
        place, rest = self.locate(text)
        return place, rest if len(normal(rest)) >= _ENOUGH else text

    def _near(self, word: str) -> Place | None:
        """A place whose spelling is `word` but for an ending or a typing error."""
        from rapidfuzz.distance import OSA

        if len(word) < 5:
            return None
        for name in self._by_start.get(word[:2], ()):
            if len(name) >= 5 and name not in _COMMON and word.startswith(name) and len(word) - len(name) <= _INFLECTED:
                return self._spellings[name]
        for name in self._by_start.get(word[:2], ()):
            if (
                (len(name) >= 6 or (len(name) == 5 and not name.isascii() and name[:-1] == word[:-1]))
                and name not in _COMMON
                and abs(len(name) - len(word)) <= 1
                and OSA.distance(name, word, score_cutoff=1) <= 1
            ):
                return self._spellings[name]
        return None

    def closest(self, lat: float, lon: float, within_km: float = 60) -> Place | None:
        """The place nearest to a point; None when every place is farther away than `within_km`."""
        here = Place("", "", "", "", lat, lon, "", {})
        found = min(self.by_id.values(), key=lambda place: distance(here, place), default=None)
        return found if found and distance(here, found) <= within_km else None

    def of(self, service: Service) -> Place | None:
        """The town of a service."""
        return self.by_name.get(normal(service.city))


def _without(tokens: Sequence[str], gone: Iterable[int]) -> str:
    """The tokens as they were written, but for some: the encoder reads letters that `normal` folds together."""
    return " ".join(token for at, token in enumerate(tokens) if at not in set(gone))


def distance(one: Place, other: Place) -> float:
    """Kilometres from town to town as the crow flies (haversine, mean radius 6,371 km)."""
    return _km(one.lat, one.lon, other.lat, other.lon)


@lru_cache(2**15)  # all pairs of towns
def _km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    lat1, lat2, lon = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(lon / 2) ** 2
    return 6371 * 2 * math.asin(math.sqrt(chord))


def nearest(services: Iterable[Service], place: Place, gazetteer: Gazetteer, most: int) -> list[tuple[Service, float]]:
    """The services nearest to `place` with their distance in km, the better known first among equals."""
    found = []
    for service in services:
        town = gazetteer.of(service)
        if town:
            found.append((service, distance(place, town)))
    rank = {"high": 0, "medium": 1, "low": 2}
    found.sort(key=lambda item: (round(item[1]), rank.get(item[0].confidence, 3), item[0].id))
    return found[:most]


def open_now(hours: str | None, now: datetime) -> bool | None:
    """Whether an office is open at `now` (a naive local time) by its OpenStreetMap hours; None when nobody knows."""
    if not hours:
        return None
    from opening_hours import OpeningHours

    try:
        schedule = OpeningHours(hours)
        if schedule.is_unknown(now):
            return None
        return bool(schedule.is_open(now))
    except Exception:  # hours that the library cannot read are hours that nobody knows
        return None


def next_open(hours: str, now: datetime) -> datetime | None:
    """When an office that is closed at `now` opens again (local time); None when nobody knows or it does not."""
    from opening_hours import OpeningHours

    try:
        schedule, at = OpeningHours(hours), now + _FAR
        change = schedule.next_change(now)
        while change is not None and change < at and not schedule.is_open(change):
            change = schedule.next_change(change)
        return change if change is not None and change < at else None
    except Exception:  # as above
        return None


def open_seconds(hours: str, since: datetime, until: datetime) -> float:
    """How long an office was open between two moments (local time); all of it when the hours cannot be read."""
    from opening_hours import OpeningHours, State

    try:
        spans = [
            (start, end) for start, end, state, _ in OpeningHours(hours).intervals(since, until) if state == State.OPEN
        ]
    except Exception:  # as above
        spans = [(since, until)]
    return sum((end - start).total_seconds() for start, end in spans)
