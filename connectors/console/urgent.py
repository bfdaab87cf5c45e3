"""Letters to mediators when somebody has waited too long for one. What was said in the conversation is never in them."""

from __future__ import annotations

import logging

from bot.accounts import Accounts
from bot.desk import Desk
from bot.inbox import Conversation, Inbox
from bot.locales import LOCALES, SOURCE, chain
from bot.people import People, Person
from bot.roles import may
from bot.settings import Settings
from bot.store import SqlStore
from connectors.console import inbox_words
from connectors.console.front import moment
from connectors.console.inbox import PATH
from connectors.console.letters import Letters

log = logging.getLogger("bussola")


class UrgentLetters:
    """Tells mediators by e-mail, where there is a server for it; elsewhere the mark on every page has to do."""

    def __init__(self, store: SqlStore, desk: Desk, settings: Settings) -> None:
        self._people, self._desk, self._settings = People(Accounts(store)), desk, settings
        self._inbox = Inbox(desk, desk.handoff) if desk.handoff else None
        self._letters = Letters(settings)

    def send(self) -> int:
        """Tells of each conversation that waits too long, once, everybody who may answer and has an address; returns how
        many letters went out. When none did, it is tried again with the next call."""
        if self._inbox is None or not self._letters.can_send:
            return 0
        sent = 0
        for about in self._inbox.untold():
            try:
                sent += self._tell(self._inbox, about)
            except Exception as error:  # whatever keeps one letter from going out keeps no other
                self._inbox.conversations.tell_again(about.id)
                log.error("nobody is told yet that conversation %s waits: %s", about.id, error)
        return sent

    def _tell(self, inbox: Inbox, about: Conversation) -> int:
        people = [person for person in self._people.all() if self._answers(person, about)]
        if not people:
            log.warning("conversation %s waits too long, and nobody who may answer has an e-mail address", about.id)
            return 0
        sent = sum(self._letter(person, about) for person in people)
        if not sent:
            inbox.conversations.tell_again(about.id)
        return sent

    def _answers(self, person: Person, about: Conversation) -> bool:
        regions = {place.id: place.region for place in self._desk.compose.content.places}
        where = (about.place,) if about.place else ()
        return bool(person.email) and not person.disabled and may(person, "answer_people", about.locale, where, regions)

    def _letter(self, person: Person, about: Conversation) -> bool:
        phrases, places = self._desk.compose.phrases, self._desk.compose.gazetteer.by_id
        reader = person.language if person.language in phrases.locales else chain(SOURCE, phrases.locales)[0]
        place = places[about.place].name if about.place in places else phrases.get(reader, inbox_words.UNKNOWN)
        text = phrases.get(
            reader, inbox_words.URGENT_LETTER, time=moment(reader, about.unanswered or about.last),
            language=LOCALES[about.locale].name, place=place, link=f"{self._settings.public_url}{PATH}/{about.id}",
        )  # fmt: skip
        return self._letters.send(person.email, phrases.get(reader, inbox_words.URGENT_SUBJECT), text)
