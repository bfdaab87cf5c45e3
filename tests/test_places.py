"""Places in texts, distances, opening hours."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.model import Content
from bot.places import Gazetteer, distance, nearest, open_now


@pytest.fixture(scope="module")
def gazetteer(written: Content) -> Gazetteer:
    return Gazetteer(written.places)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("sono a Foggia", "foggia"), ("sto a fogia", "foggia"), ("আমি ফোজ্জায় থাকি", "foggia"), ("أنا في فودجا", "foggia"), ("я живу у Фоджі", "foggia"), ("я живу в Фодже", "foggia"),
        ("我住在那不勒斯", "napoli"), ("I live in Naples", "napoli"), ("castel volturno", "castel-volturno"), ("abito a Castelvolturno", "castel-volturno"),
        ("lavoro come barista", None), ("come rinnovo il permesso", None), ("Bari", "bari"), ("ami bari jabo, ki korte hobe bolen bhai", None),
        ("Jetoj në Lecce", "lecce"), ("", None),
    ],
)  # fmt: skip
def test_a_place_is_found_in_every_script_also_misspelt_and_only_when_it_is_one(
    gazetteer: Gazetteer, text: str, place: str | None
) -> None:
    found = gazetteer.find(text)
    assert (found.id if found else None) == place


def test_the_rest_of_the_text_stays_as_it_was_written(gazetteer: Gazetteer) -> None:
    for text, rest in (
        ("پرمیسو ختم ہے، میں فوجیا میں ہوں", "پرمیسو ختم ہے، میں میں ہوں"),
        ("Où renouveler à Foggia, s'il vous plaît?", "Où renouveler à s'il vous plaît?"),
    ):
        assert gazetteer.locate(text)[1] == rest


def test_distance_from_town_to_town(gazetteer: Gazetteer) -> None:
    assert round(distance(gazetteer.by_id["foggia"], gazetteer.by_id["bari"])) == 116
    assert distance(gazetteer.by_id["bari"], gazetteer.by_id["bari"]) == 0


def test_the_nearest_offices_come_first_and_what_has_no_town_is_near_nobody(gazetteer: Gazetteer, written: Content) -> None:
    found = nearest(written.services, gazetteer.by_id["foggia"], gazetteer, 400)
    assert len(found) == 367 == len([service for service in written.services if service.city])
    assert [km for _, km in found] == sorted(km for _, km in found) or found[0][1] == 0
    assert found[0][0].city == "Foggia"


@pytest.mark.parametrize(
    ("hours", "when", "state"),
    [
        ("Mo-Fr 09:00-12:00", datetime(2026, 11, 23, 10), True), ("Mo-Fr 09:00-12:00", datetime(2026, 11, 23, 13), False),
        ("24/7", datetime(2026, 1, 1, 3), True), (None, datetime(2026, 11, 23, 10), None), ("ask the porter", datetime(2026, 11, 23, 10), None),
    ],
)  # fmt: skip
def test_open_now_only_where_hours_are_known(hours: str | None, when: datetime, state: bool | None) -> None:
    assert open_now(hours, when) is state
