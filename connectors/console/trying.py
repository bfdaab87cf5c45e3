"""Asking before publishing: what somebody would get from a working copy, why, and which known questions would change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.copies import Copies, WorkingCopy
from bot.desk import Desk
from bot.locales import LOCALES, SOURCE
from bot.model import Answer, Decision, Example, Turn
from bot.store import SqlStore
from bot.trial import Question, Trial
from bot.unanswered import Unanswered
from connectors.console import words
from connectors.console.answers import PATH, Subject, subject, writer
from connectors.console.front import Account, Form, Front, form

AT_A_TIME = 60  # questions that are tried in one request: well under two seconds
_MOST_UTTERANCES = 30
_SHOWN = 6


def add(console: APIRouter, front: Front, store: SqlStore, copies: Copies) -> None:
    """Adds the page to ask, and the replay of known questions."""
    trying = _Trying(front, Unanswered(store), copies)

    @console.get(f"{PATH}/try")
    def ask(
        request: Request,
        topic: str,
        name: str,
        locale: str,
        author: str = "",
        q: str = "",
        place: str = "",
        utterances: str = "",
    ) -> Response:
        account = front.reader(request)
        about = subject(front.desk, topic, name, locale, copies)
        spoken = request.query_params.get("as", "")
        wanted = (q.strip()[:1000], spoken if spoken in LOCALES else "", place, utterances[:6000])
        return trying.page(request, account, about, author or account.name, wanted)

    @console.post(f"{PATH}/try")
    def keep(request: Request, topic: str, name: str, locale: str, posted: Annotated[Form, Depends(form)]) -> Response:
        about = subject(front.desk, topic, name, locale, copies)
        account = writer(front, request, posted, about, "edit")
        examples = _examples(about, posted.get("utterances", ""))
        if examples and about.published:
            Unanswered(store).add(examples, account.name)
        return front.go(f"{about.address}/try", done="added" if examples and about.published else "unchanged")

    @console.get(f"{PATH}/replay")
    def replay(request: Request, topic: str, name: str, locale: str, author: str = "", start: int = 0) -> Response:
        account = front.reader(request)
        about = subject(front.desk, topic, name, locale, copies)
        return trying.replay(request, account, about, author or account.name, max(0, start))


def _examples(about: Subject, text: str) -> list[Example]:
    lines = [line.strip()[:300] for line in text.split("\n") if any(letter.isalpha() for letter in line)]
    return [Example(about.entry.id, about.locale, line) for line in lines[:_MOST_UTTERANCES]]


class _Trying:
    def __init__(self, front: Front, unanswered: Unanswered, copies: Copies) -> None:
        self._front, self._unanswered, self._copies = front, unanswered, copies

    def _trial(
        self, about: Subject, author: str, utterances: Sequence[Example] = ()
    ) -> tuple[Trial | None, WorkingCopy | None]:
        copy = self._copies.find(about.entry.id, about.locale, author)
        answer: Answer | None = about.changed(copy.data) if copy else about.answer
        if answer is None or not answer.title:
            return None, copy
        # An entry that is only begun has no answer in another language to fall back on.
        return self._front.desk.trial(answer, None if about.published else about.entry, utterances), copy

    def page(
        self, request: Request, account: Account, about: Subject, author: str, wanted: tuple[str, str, str, str]
    ) -> Response:
        """The form, and what somebody would get for the question."""
        question, spoken, place, lines = wanted
        trial, copy = self._trial(about, author, _examples(about, lines))
        turn = trial.ask(question, spoken or about.locale, place or None) if trial and question else None
        reader = self._front.locale(request)
        account = account.on(about.locale, about.entry.applies_to)
        return self._front.page(
            request, "try.html", account, about=about, copy=copy, author=author, q=question, spoken=spoken, place=place,
            utterances=lines, text_locale=LOCALES[about.locale], title=about.title(reader), turn=turn, trial=trial,
            why=self._why(trial, turn, reader) if trial and turn else None, places=about.compose.content.places,
            entry_title=lambda entry: _title(trial, self._front.desk, entry, reader), shown=_SHOWN, percent=_percent,
        )  # fmt: skip

    def _why(self, trial: Trial, turn: Turn, reader: str) -> str:
        """The verdict as a sentence with its scores."""
        decision, entries = turn.decision, trial.compose.content.entries
        best = decision.candidates[0] if decision.candidates else None
        high = best is not None and best.intent in entries and entries[best.intent].risk == "high"
        needed = turn.thresholds.get("answer_high" if high else "answer", 0.0)
        say = self._front.desk.compose.phrases.get
        sure = _percent(best.confidence) if best else "0"
        return say(reader, words.DECISIONS[decision.kind], sure=sure, needed=_percent(needed))

    def replay(self, request: Request, account: Account, about: Subject, author: str, start: int) -> Response:
        """The next known questions, and which of them would be answered otherwise."""
        trial, _ = self._trial(about, author)
        questions: tuple[Question, ...] = ()
        if trial:
            asked, _ = self._unanswered.newest()
            kept = [Question(item.text, item.locale) for item in asked]
            questions = trial.nearest(self._unanswered.utterances(about.entry.id), kept)
        found = trial.replay(questions[start : start + AT_A_TIME]) if trial else []
        reader, end = self._front.locale(request), min(len(questions), start + AT_A_TIME)
        return self._front.page(
            request, "replay.html", account, found=found, done_=end, all_=len(questions), author=author, about=about,
            gets=lambda decision: self._gets(trial, decision, reader), first=start == 0,
            entry_title=lambda entry: _title(trial, self._front.desk, entry, reader),
        )  # fmt: skip

    def _gets(self, trial: Trial | None, decision: Decision, reader: str) -> str:
        if decision.kind == "answer" and decision.entry:
            return _title(trial, self._front.desk, decision.entry, reader)
        return self._front.desk.compose.phrases.get(reader, words.KINDS[decision.kind])


def _title(trial: Trial | None, desk: Desk, entry: str, reader: str) -> str:
    compose = trial.compose if trial else desk.compose
    return compose.title(entry, reader if reader in LOCALES else SOURCE) if entry in compose.content.entries else entry


def _percent(share: float) -> str:
    return str(round(100 * share))
