"""The accessibility statement, in the form of the Italian agency's model (AgID): what complies, what does not, how that
was found out, where to complain. It says only what was tested: tests/widget/ and tests/test_pages.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter, Request, Response

from bot.desk import Desk
from bot.sentences import mark
from connectors.web.front import Front
from connectors.web.municipalities import Municipality
from connectors.web.written import day

# The day on which the tests named below were last looked at, and on which the statement was written.
WRITTEN, STANDARD = date(2026, 11, 22), "WCAG 2.2 AA, EN 301 549"
OMBUDSMAN = "https://www.agid.gov.it/it/agenzia/difensore-civico-il-digitale"
WORDS = {
    "promise": mark("We want everybody to be able to use this desk, as Italian law 4 of 9 January 2004 asks."),
    "state": mark("State of compliance"),
    "partly": mark("This desk complies in part with {standard}. What does not comply is listed below."),
    "not_yet": mark("What does not comply"),
    "no_people": mark("No person with a disability has tried it yet, and no screen reader was used to test it."),
    "no_natives": mark(
        "People who speak these languages have not read all texts yet. Some sentences may be hard to read."
    ),
    "names": mark("Names and addresses of offices are in Italian, as they are written on the door."),
    "voices": mark("Reading aloud works only where your phone or computer has a voice for your language."),
    "elsewhere": mark("Pages of others that we link to as sources may not be accessible."),
    "tested": mark("How this was tested"),
    "tests": mark(
        "We tested it ourselves, by program, in the browser Chromium: rules of axe-core in all languages, keyboard, "
        "size of buttons, enlarged text, reading from right to left, light and dark."
    ),
    "written_on": mark("This statement was written on {date}."),
    "feedback": mark("Tell us"),
    "tell": mark(
        "Something does not work for you? Write it to the office whose website brought you here. It must answer within 30 days."
    ),
    "enforcement": mark("If nobody answers"),
    "ombudsman": mark(
        "If the office does not answer, or does not help, write to the digital ombudsman (difensore civico per il digitale)."
    ),
}


def add(pages: APIRouter, desk: Desk, front: Front, towns: Mapping[str, Municipality]) -> None:
    """Adds `/{locale}/accessibility`; with `?municipality=`, whom to write to there."""

    @pages.get("/{locale:tag}/accessibility", include_in_schema=False)
    def accessibility(request: Request, locale: str, municipality: str = "") -> Response:
        if locale not in desk.locales():
            return front.missing(request, locale)
        return front.page(
            request, "statement.html", locale, "/accessibility", WORDS, standard=STANDARD, on=day(WRITTEN.isoformat(), locale),
            ombudsman=OMBUDSMAN, town=towns.get(municipality),
        )  # fmt: skip
