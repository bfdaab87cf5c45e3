"""The conductor: one function from an utterance to a turn, in the order of the design."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clauses import clauses, parts
from bot.compose import Composer
from bot.handoff import Handoff
from bot.language import Identified, LanguageIdentifier, NamedLanguages
from bot.locales import LOCALES, resolve
from bot.model import SECTIONS, Candidate, Decision, Hit, Place, Reply, Session, Term, Turn, Understanding, Utterance
from bot.phrases import Phrases
from bot.policy import Situation, answerable, danger_told, decide, leading, may_ask_more, seen_danger, with_parts
from bot.ports import Nlu, Searcher, Store
from bot.ranking import Fusion, evidence, rank
from bot.safety import DangerPatterns
from bot.sentences import REASONS, SMALL_TALK, TOPIC_TITLES
from bot.text import normal, without_personal_data

MOST_CHARACTERS = 4000
_ASIDES, _LONGEST_ASIDE, _SURE = ("set_place", "greet", "thank", "goodbye"), 60, 0.4
_LIKELY, _PLAIN = 0.25, 0.45  # the engine's score of what may be asked, and of what needs no closer look
_STORY = 300  # characters: of so much, most is told and not asked
_NO_WORDS = Decision("small_talk", act="nothing", why="no words")
_TRUSTED = ("telegram", "rest", "cli")  # these channels name their own conversations; the web gets a token from us


@dataclass(frozen=True)
class _View:
    """What one revision needs: rebuilt when the store has a newer one."""

    compose: Composer
    dangers: DangerPatterns
    terms: Mapping[str, Term]


class Assistant:
    """Answers people. Thread-safe: every message works on one snapshot of what is published."""

    def __init__(
        self,
        store: Store,
        language: LanguageIdentifier,
        nlu: Nlu,
        retriever: Searcher,
        fusions: Mapping[str, Fusion],
        phrases: Phrases,
        languages: Mapping[str, str],
        secret: bytes,
        now: Callable[[], datetime],
        handoff: Handoff | None = None,
    ) -> None:
        self._store, self._language, self._nlu, self._retriever = store, language, nlu, retriever
        self._fusions, self._phrases, self._languages = fusions, phrases, NamedLanguages(languages)
        self._secret, self._now, self.handoff = secret, now, handoff
        self._lock = threading.Lock()
        self._current: _View | None = None

    @property
    def searcher(self) -> Searcher:
        """The index of what is published."""
        return self._retriever

    def reply(self, utterance: Utterance) -> Turn:
        """The turn for one utterance: replies in the person's locale, and the decision with its evidence."""
        view = self.view()
        token, session = self._session(utterance)
        taken = self.handoff.take(view.compose, session, utterance, self.danger) if self.handoff else None
        if taken is not None:  # a mediator has it, and not the bot
            turn = replace(taken[0], session=token, revision=view.compose.content.revision)
            self._store.record(taken[1], turn)
            return turn
        if utterance.payload is not None:
            turn, kept = self._button(view, token, session, utterance.payload, utterance)
        else:
            turn, kept = self._text(view, token, session, utterance)
        if kept is not None:
            self._store.record(kept, turn)
        return self.handoff.offered(view.compose, turn, utterance) if self.handoff else turn

    def view(self) -> _View:
        """The snapshot of the newest revision."""
        revision = self._store.revision()
        current = self._current
        if current is None or current.compose.content.revision < revision:
            with self._lock:
                current = self._current
                if current is None or current.compose.content.revision < revision:
                    current = self._refreshed()
        return current

    def _refreshed(self) -> _View:
        content = self._store.content()
        self._retriever.refresh(content.revision)
        terms = {normal(word): term for term in content.terms for word in (term.word, *term.also)}
        self._current = _View(Composer(content, self._phrases, self._now), DangerPatterns(content.patterns), terms)
        return self._current

    def candidates(
        self, text: str, locale: str | None = None, hint: str | None = None
    ) -> tuple[str, tuple[Candidate, ...]]:
        """The locale of `text` (`hint` decides when it says little) and the entries for it, ranked as the policy sees
        them."""
        view = self.view()
        locale = locale or self._language.identify(text, hint).locale
        ranked, _, _ = self._ranked(self._asked(view, text, locale)[1], locale)
        return locale, answerable(ranked, view.compose.content.entries)

    def danger(self, text: str, hint: str | None = None) -> tuple[str, str | None]:
        """The locale of `text`, and the kind of danger that it tells of, if any: a phrase names it or the engine sees it."""
        view, identified = self.view(), self._language.identify(text, hint)
        named = view.dangers.find(text, identified.possible)
        if named:
            return identified.locale, named
        ranked, engine, _ = self._ranked(view.compose.gazetteer.apart(text)[1], identified.locale)
        return identified.locale, seen_danger(ranked, self._fusion(engine).thresholds)

    def understood(self, text: str, locale: str | None = None) -> tuple[str, Understanding, tuple[Hit, ...], str]:
        """What is asked in `text` (without the name of a place), what engine and retrieval make of it, and the locale
        that it is in or seems to be in."""
        locale = locale or self._language.identify(text).locale
        _, asked = self._asked(self.view(), text, locale)
        return asked, self._nlu.parse(asked, locale), self._retriever.search(asked, locale), locale

    def judged(self, asked: str, locale: str, understanding: Understanding, hits: Sequence[Hit]) -> Decision:
        """What is decided about a question with this evidence, when a conversation begins with it."""
        entries, fusion = self.view().compose.content.entries, self._fusion(understanding.engine)
        situation = Situation(asked, Session("", ""), entries.keys(), lambda entry: entries[entry].risk)
        return decide(self._weighed(asked, locale, understanding, hits), situation, fusion.thresholds)

    def apart(self, store: Store, retriever: Searcher, compose: Composer) -> Assistant:
        """The same assistant over another store and index, with what that store holds in `compose`: to try what is not
        published."""
        other = copy(self)
        other._store, other._retriever, other._current = store, retriever, replace(self.view(), compose=compose)
        return other

    def _asked(self, view: _View, text: str, locale: str) -> tuple[Place | None, str]:
        """The place that `text` names; and `text` without its name, and without clauses that greet, thank or say where
        somebody is, if there is a question beside them."""
        said, (place, asked) = clauses(text), view.compose.gazetteer.apart(text)
        seen = self._nlu.parse(asked, locale).intents if len(said) > 1 else ()  # an aside shows in the whole too
        if any(intent in _ASIDES for intent, _ in seen) and not self._is_about(asked, locale, least=_PLAIN):
            kept = " ".join(part for part in said if len(part) > _LONGEST_ASIDE or not self._is_aside(part, locale))
            if len(kept) < len(" ".join(said)) and self._is_about(kept, locale):
                return place, view.compose.gazetteer.apart(kept)[1]
        return place, asked

    def _is_aside(self, clause: str, locale: str) -> bool:
        best = self._nlu.parse(clause, locale).intents[:1]
        return any(intent in _ASIDES and confidence >= _SURE for intent, confidence in best)

    def _is_about(self, text: str, locale: str, other: str | None = None, least: float = _LIKELY) -> bool:
        """Whether a text may ask for an entry, and for another one than `other`: the engine alone says it, as to look at
        everything takes longer."""
        best = self._nlu.parse(text, locale).intents[:1]
        return any("/" in intent and intent != other and confidence >= least for intent, confidence in best)

    def _ranked(self, asked: str, locale: str) -> tuple[tuple[Candidate, ...], str, tuple[Hit, ...]]:
        understanding, hits = self._nlu.parse(asked, locale), self._retriever.search(asked, locale)
        return self._weighed(asked, locale, understanding, hits), understanding.engine, hits

    def _weighed(
        self, asked: str, locale: str, understanding: Understanding, hits: Sequence[Hit]
    ) -> tuple[Candidate, ...]:
        learnt, entries = understanding.learnt, (self._current or self.view()).compose.content.entries
        new = entries.keys() - learnt if learnt is not None else ()
        standing = self._retriever.standing(asked, locale, new) if new else {}
        return rank(evidence(understanding, hits, asked, standing), self._fusion(understanding.engine))

    def _fusion(self, engine: str) -> Fusion:
        return self._fusions.get(engine) or self._fusions["embedded"]

    # ---- sessions ----------------------------------------------------------------------------------------------------

    def session_key(self, channel: str, token: str) -> str:
        """The name under which a conversation is kept: a keyed hash, so that the database alone leads to nobody."""
        return hmac.new(self._secret, f"{channel}:{token}".encode(), hashlib.sha256).hexdigest()

    def forget(self, channel: str, token: str) -> None:
        """Erases a conversation."""
        self._store.erase(self.session_key(channel, token))

    def choose_locale(self, channel: str, token: str | None, locale: str) -> str:
        """Binds a conversation to a locale that its person chose; returns its token (a new one for an unknown one)."""
        token, session = self._session(Utterance(channel, token))
        if session.locale != locale or not session.locale_chosen:
            chosen = replace(session, locale=locale, locale_chosen=True)
            self._store.keep_session(chosen)
        return token

    def _session(self, utterance: Utterance) -> tuple[str, Session]:
        token = utterance.session or ""
        if token:
            key = self.session_key(utterance.channel, token)
            found = self._store.session(key)
            if found or utterance.channel in _TRUSTED:
                return token, found or Session(key, utterance.channel)
        token = secrets.token_urlsafe(24)
        return token, Session(self.session_key(utterance.channel, token), utterance.channel)

    # ---- text --------------------------------------------------------------------------------------------------------

    def _text(self, view: _View, token: str, session: Session, utterance: Utterance) -> tuple[Turn, Session]:
        text = "".join(c for c in utterance.text if c.isprintable() or c in "\n\t")[:MOST_CHARACTERS].strip()
        identified = self._language.identify(text, session.locale or resolve(utterance.locale_hint))
        session = self._with_locale(session, identified, utterance.locale_hint)
        locale = session.locale or "en"
        danger = view.dangers.find(text, identified.possible)
        named, asked = self._asked(view, text, identified.locale)
        ranked, engine, hits = self._ranked(asked, identified.locale)
        thresholds = self._fusion(engine).thresholds
        place = named or view.compose.gazetteer.get(session.place or utterance.place)
        meant = {item.intent for item in ranked}
        term = _term(view, text) if "ask.meaning" in meant else None
        wanted = self._languages.find(text) if "change_language" in meant else None
        situation = Situation(
            text,
            session,
            view.compose.content.entries.keys(),
            lambda entry: view.compose.content.entries[entry].risk,
            danger,
            named is not None,
            term is not None,
            wanted is not None,
        )
        decision = decide(ranked, situation, thresholds) if normal(text) else _NO_WORDS
        decision = self._with_parts(view, decision, situation, identified.locale)
        if decision.act == "change_language" and wanted:
            session, locale = replace(session, locale=wanted, locale_chosen=True), wanted
        replies = self._replies(view, decision, session, locale, place, named, term)
        session = replace(
            session,
            place=place.id if place else session.place,
            last_text=without_personal_data(text),
            last_entry=decision.entry or leading(decision) or session.last_entry,
            last_section=decision.section,
        )
        if decision.kind == "handoff" and decision.act is None:
            self._store.keep_unanswered(session, "unanswered")
        turn = self._turn(view, token, replies, decision, locale, place)
        return replace(turn, locale_scores=identified.scores, hits=hits, engine=engine, thresholds=thresholds), session

    def _with_parts(self, view: _View, decision: Decision, situation: Situation, locale: str) -> Decision:
        """`decision`, with what single sentences of a message say: two things in one, or one in a long story."""
        pieces, story = parts(situation.text), len(situation.text) > _STORY
        if decision.act or len(pieces) < 2 or not (story or may_ask_more(decision)):
            return decision
        alone, found, told = replace(situation, session=Session("", ""), pattern_danger=None), [], []
        for part in pieces:
            if not story and not self._is_about(part, locale, decision.entry):
                continue
            ranked, engine, _ = self._ranked(view.compose.gazetteer.apart(part)[1], locale)
            thresholds = self._fusion(engine).thresholds
            found.append(decide(ranked, replace(alone, text=part), thresholds))
            told.append(ranked)
        if story and not decision.danger and (danger := danger_told(told, thresholds)):
            decision = replace(decision, danger=danger, why=f"danger: {danger} in a story; then {decision.why}")
        return decision if story and decision.kind != "handoff" else with_parts(decision, found)

    def _with_locale(self, session: Session, identified: Identified, hint: str | None) -> Session:
        if session.locale_chosen:
            return session
        if identified.confidence < 0.5 and session.locale is None and resolve(hint):
            return replace(session, locale=resolve(hint))
        return replace(session, locale=identified.locale)

    def _replies(
        self,
        view: _View,
        decision: Decision,
        session: Session,
        locale: str,
        place: Place | None,
        named: Place | None,
        term: Term | None,
    ) -> list[Reply]:
        compose, replies = view.compose, []
        if decision.danger:
            replies.append(compose.emergency(decision.danger, locale))
            if decision.kind in ("handoff", "small_talk", "clarify"):
                return replies
        if decision.kind == "answer" and decision.entry:
            best = next((item.confidence for item in decision.candidates if item.intent == decision.entry), None)
            replies.append(compose.answer(decision.entry, locale, decision.section, place, best))
            if decision.also:
                replies.append(compose.asked_too(decision.also, locale))
        elif decision.kind == "clarify":
            replies.append(compose.clarify(decision.candidates, locale))
        elif decision.kind == "handoff":
            replies.append(compose.handoff(locale, place, decision.act == "talk_to_human"))
        else:
            replies.append(self._small_talk(compose, decision, session, locale, named, term))
        return replies

    def _small_talk(
        self,
        compose: Composer,
        decision: Decision,
        session: Session,
        locale: str,
        named: Place | None,
        term: Term | None,
    ) -> Reply:
        last = session.last_entry if session.last_entry in compose.content.entries else None
        if decision.act == "ask.meaning" and term:
            return compose.meaning(term, locale)
        if decision.act == "set_place" and named:
            return compose.answer(last, locale, place=named) if last else compose.place_set(named, locale)
        if decision.act in ("repeat", "simplify") and last:
            return compose.answer(
                last,
                locale,
                session.last_section if decision.act == "repeat" else None,
                short=decision.act == "simplify",
            )
        act = {"set_place": "ask_place", "repeat": "help", "simplify": "help"}.get(
            decision.act or "", decision.act or "help"
        )
        return compose.small_talk(act if act in SMALL_TALK else "help", locale)

    def _turn(
        self,
        view: _View,
        token: str,
        replies: list[Reply],
        decision: Decision,
        locale: str,
        place: Place | None = None,
    ) -> Turn:
        where, revision = place.id if place else None, view.compose.content.revision
        return Turn(token, tuple(replies), decision, locale, place=where, revision=revision)

    # ---- buttons -----------------------------------------------------------------------------------------------------

    def _button(
        self, view: _View, token: str, session: Session, payload: str, utterance: Utterance
    ) -> tuple[Turn, Session | None]:
        """A pressed button; anything that is none gets a kind sentence, never an error. No session comes back once it
        is deleted."""
        compose = view.compose
        locale = session.locale or resolve(utterance.locale_hint) or "it"
        session = replace(session, locale=locale)
        place = compose.gazetteer.get(session.place or utterance.place)
        name, _, rest = payload.strip().partition(" ")
        entry, _, section = rest.partition(" ")
        kind, decided = "small_talk", None
        if name == "/entry" and rest in compose.content.entries:
            reply, kind, decided = compose.answer(rest, locale, place=place), "answer", rest
        elif name == "/section" and entry in compose.content.entries and section in SECTIONS:
            reply, kind, decided = compose.answer(entry, locale, section, place), "answer", entry
        elif name == "/locale" and rest in LOCALES:
            session, locale = replace(session, locale=rest, locale_chosen=True), rest
            last = session.last_entry if session.last_entry in compose.content.entries else None
            reply = compose.answer(last, locale, place=place) if last else compose.locale_set(locale)
        elif name == "/place" and (chosen := compose.gazetteer.by_id.get(rest)):
            place, last = chosen, session.last_entry if session.last_entry in compose.content.entries else None
            reply = compose.answer(last, locale, place=place) if last else compose.place_set(place, locale)
        elif name == "/topic" and rest in TOPIC_TITLES:
            reply = compose.topic(rest, locale)
        elif name == "/human":
            reply, kind = compose.handoff(locale, place, True), "handoff"
        elif name == "/delete":
            self._store.erase(session.id)
            deleted = Decision("small_talk", why="button /delete")
            return self._turn(view, token, [compose.small_talk("deleted", locale)], deleted, locale), None
        elif name == "/helpful" and entry == "no" and section in REASONS:
            reply = compose.small_talk("feedback_positive", locale)
            self._store.explain_unanswered(session, section)
        elif name == "/helpful" and rest in ("yes", "no"):
            reply = compose.small_talk("feedback_positive" if rest == "yes" else "feedback_negative", locale)
            if rest == "no":
                self._store.keep_unanswered(session, "thumbs down")
        else:
            reply = compose.small_talk("unknown_button", locale)
        session = replace(
            session,
            place=place.id if place else session.place,
            last_entry=decided or session.last_entry,
            last_section=section if decided and name == "/section" else None,
        )
        act = "talk_to_human" if name == "/human" else None
        decision = Decision(kind, entry=decided, act=act, why=f"button {name}")
        return self._turn(view, token, [reply], decision, locale, place), session


def _term(view: _View, text: str) -> Term | None:
    """The office word that `text` names; the longest one wins."""
    cleaned = normal(text)
    apart = f" {cleaned} "
    found = [name for name in view.terms if name in cleaned and (f" {name} " in apart or not name.isascii())]
    return view.terms[max(found, key=len)] if found else None
