"""A working copy as if it were published: for one mediator to ask, while everybody else gets what is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.assistant import Assistant
from bot.compose import Composer
from bot.model import Answer, Content, Decision, Entry, Example, Passage, Session, Turn, Utterance
from bot.overlay import Key, Overlay

MOST_QUESTIONS = 300
_SEEN_BY = 40  # questions that a changed text could take from other entries, for each text


@dataclass(frozen=True, slots=True)
class Question:
    """Something people ask; `entry` is what should answer it, or None when nobody has said so."""

    text: str
    locale: str
    entry: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that would be answered otherwise; `verdict` is better, worse or different."""

    question: Question
    before: Decision
    after: Decision
    verdict: str


class Trial:
    """What would be answered if an answer (of an entry that may be new) and some utterances were published."""

    def __init__(
        self,
        assistant: Assistant,
        answer: Answer,
        entry: Entry | None = None,
        utterances: Sequence[Example] = (),
    ) -> None:
        compose = assistant.view().compose
        content = compose.content
        entries = {**content.entries, entry.id: entry} if entry else content.entries
        answers = {**content.answers, (answer.entry, answer.locale): answer}
        self._compose = compose.over(replace(content, entries=entries, answers=answers))
        self._live, self._searcher = assistant, assistant.searcher
        self._gone, self._fresh = _passages(content.answers, answer, utterances)
        self._overlay: Overlay | None = None
        self._assistant: Assistant | None = None

    @property
    def compose(self) -> Composer:
        """The composer of what would be published."""
        return self._compose

    def ask(self, text: str, locale: str | None = None, place: str | None = None) -> Turn:
        """The turn that somebody would get for `text`; nothing of it is remembered or counted."""
        return self._apart()[0].reply(Utterance("trial", None, text, locale_hint=locale, place=place))

    def nearest(self, own: Sequence[Example], kept: Sequence[Question]) -> tuple[Question, ...]:
        """The questions whose answers may change: those near the texts that change, the entry's own, and those that were
        asked in vain; at most MOST_QUESTIONS."""
        near: dict[tuple[str, str], Question] = {}
        for passage in (*self._fresh, *(Passage(0, *key, revision=0) for key in self._gone)):
            for hit in self._searcher.search(passage.text, passage.locale, _SEEN_BY):
                if hit.kind == "question":
                    near.setdefault((hit.text, hit.locale), Question(hit.text, hit.locale, hit.intent))
        rest = {(item.text, item.locale): item for item in _mixed(kept, own)}
        return tuple({**near, **rest}.values())[:MOST_QUESTIONS]

    def replay(self, questions: Sequence[Question]) -> list[Changed]:
        """The questions that would be answered otherwise, what gets worse first. A question that is a passage itself
        does not count as its own evidence."""
        assistant, overlay = self._apart()
        changed = []
        for question in questions:
            asked, understanding, hits, locale = self._live.understood(question.text, question.locale)
            hits = tuple(hit for hit in hits if hit.text != question.text)
            over = overlay.over(hits, asked, locale)
            if over == hits:
                continue
            before = self._live.judged(asked, locale, understanding, hits)
            after = assistant.judged(asked, locale, understanding, over)
            if (before.kind, before.entry) != (after.kind, after.entry):
                changed.append(Changed(question, before, after, _verdict(question, before, after)))
        order = {"worse": 0, "different": 1, "better": 2}
        return sorted(changed, key=lambda item: order[item.verdict])

    def _apart(self) -> tuple[Assistant, Overlay]:
        if self._assistant is None or self._overlay is None:
            self._overlay = Overlay(self._searcher, self._gone, self._fresh)
            self._assistant = self._live.apart(_Nowhere(self._compose.content), self._overlay, self._compose)
        return self._assistant, self._overlay


def _passages(
    answers: Mapping[tuple[str, str], Answer], answer: Answer, utterances: Sequence[Example]
) -> tuple[tuple[Key, ...], tuple[Passage, ...]]:
    """The passages that would be withdrawn, and those that would be new."""
    old = answers.get((answer.entry, answer.locale))
    before = {"title": old.title, "answer": old.answer} if old else {}
    after = {"title": answer.title, "answer": answer.answer}
    changed = [kind for kind in after if before.get(kind) != after[kind]]
    gone = tuple((answer.entry, answer.locale, kind, before[kind]) for kind in changed if before.get(kind))
    texts = [(answer.entry, answer.locale, kind, after[kind]) for kind in changed if after[kind]]
    texts += [(item.intent, item.locale, "question", item.text) for item in utterances]
    return gone, tuple(Passage(0, *text, revision=0) for text in texts)


def _mixed(kept: Sequence[Question], own: Sequence[Example]) -> Iterator[Question]:
    yield from kept[: MOST_QUESTIONS // 3]
    yield from (Question(item.text, item.locale, item.intent) for item in own)


def _verdict(question: Question, before: Decision, after: Decision) -> str:
    if question.entry is None:
        return "different"
    was, is_ = (_right(decision, question.entry) for decision in (before, after))
    return "better" if is_ > was else "worse" if is_ < was else "different"


def _right(decision: Decision, entry: str) -> int:
    """3 answered right, 2 the right one among choices, 1 nothing answered, 0 answered wrong."""
    if decision.kind == "answer":
        return 3 if decision.entry == entry else 0
    return 2 if decision.kind == "clarify" and entry in {item.intent for item in decision.candidates} else 1


class _Nowhere:
    """A store that holds other content and remembers nothing."""

    def __init__(self, content: Content) -> None:
        self._content = content

    def revision(self) -> int:
        return self._content.revision

    def content(self) -> Content:
        return self._content

    def passages(self, after: int) -> list[Passage]:
        return []

    def cached_vectors(self, fingerprint: str, hashes: Sequence[str]) -> dict[str, bytes]:
        return {}

    def keep_vectors(self, fingerprint: str, vectors: Mapping[str, bytes]) -> None:
        pass

    def session(self, key: str) -> Session | None:
        return None

    def keep_session(self, session: Session) -> None:
        pass

    def record(self, session: Session, turn: Turn) -> None:
        pass

    def keep_unanswered(self, session: Session, reason: str) -> None:
        pass

    def explain_unanswered(self, session: Session, reason: str) -> None:
        pass

    def erase(self, session: str) -> None:
        pass
