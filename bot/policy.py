"""What to do with what was understood: pure functions from rankings and thresholds to a Decision."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.model import ACTS, FOLLOW_UPS, OUT_OF_SCOPE, Candidate, Decision, Session

_SECTION = {"ask.steps": "steps", "ask.documents": "documents", "ask.cost": "cost", "ask.deadline": "deadline"}
_CHOICES = 3
_NEARLY = -1.5  # standard deviations behind the best: chosen on nlu_data/validation
_TOLD = 3  # parts of a story that must tell of danger
_SECOND = 0.18  # the engine's score of a second entry: nine of ten double questions of nlu_data/validation have it
_BOTH = 0.7  # of two parts that are asked for at once, the second says nearly as much as the first
_LITTLE, _HINTED = 0.12, 0.05  # hundreds of Latin letters beside a place's name, and what the engine then has to say
_SURELY = 0.9  # out of scope, although a language is named
_SHORT = 45  # characters: a follow-up leaves out what it is about, so it is short


@dataclass(frozen=True, slots=True)
class Situation:
    """What the decision depends on beside the ranking."""

    text: str
    session: Session
    entries: Collection[str]
    risk: Callable[[str], str]
    pattern_danger: str | None = None
    place_named: bool = False
    term_named: bool = False
    language_named: bool = False


def decide(candidates: Sequence[Candidate], situation: Situation, thresholds: Mapping[str, float]) -> Decision:
    """Answer, clarify, hand off or make small talk. Danger stands beside whatever else is decided."""
    danger = situation.pattern_danger or seen_danger(candidates, thresholds)
    decision = (
        _follow_up(candidates, situation, thresholds)
        or _act(candidates, situation, thresholds)
        or _entry(candidates, situation, thresholds)
    )
    if danger:
        return Decision(
            decision.kind,
            decision.candidates,
            decision.entry,
            decision.section,
            decision.act,
            danger,
            f"danger: {danger}; then {decision.why}",
        )
    return decision


def may_ask_more(decision: Decision) -> bool:
    """Whether a message may ask for a second thing, or was not understood: else there is no need to look at its parts."""
    others = (item for item in decision.candidates if item.intent != decision.entry)
    return decision.kind != "answer" or any(item.evidence.get("nlu", 0.0) >= _SECOND for item in others)


def with_parts(decision: Decision, parts: Sequence[Decision]) -> Decision:
    """`decision` about a whole message, with what its parts ask for, each by itself: a second thing beside an answer, and
    choices where the whole led to none. Nothing is answered for a part alone: beside what is asked, stories are told."""
    said = [part for part in parts if part.kind == "answer"]
    found = {
        item.intent: item for item in sorted((part.candidates[0] for part in said), key=lambda item: item.confidence)
    }
    sure = sorted(found.values(), key=lambda item: -item.confidence)
    if decision.kind == "answer":
        also = next((item.intent for item in sure if item.intent != decision.entry), None)
        return replace(decision, also=also)
    if decision.kind not in ("clarify", "handoff") or decision.act or not sure:
        return decision
    rest = tuple(decision.candidates if decision.kind == "clarify" else ())
    first = () if len(sure) > 1 else rest[: _CHOICES - 1]  # two things that are asked for, or one among the likeliest
    choices = tuple({item.intent: item for item in (*first, *sure, *rest)}.values())[:_CHOICES]
    return replace(
        decision, kind="clarify", candidates=choices, why=f"{decision.why}; {sure[0].intent} in a part of it"
    )


def leading(decision: Decision) -> str | None:
    """The choice that is much likelier than the next: a follow-up ("how much?") is about it."""
    if decision.kind != "clarify":
        return None
    best, *others = decision.candidates
    return best.intent if best.confidence > 1.5 * max((item.confidence for item in others), default=0.0) else None


def answerable(candidates: Sequence[Candidate], entries: Collection[str]) -> tuple[Candidate, ...]:
    """The candidates that are entries we can answer, best first. Of those that nothing has been learnt about, the one that
    stands best is at least the third, if it stands nearly as well as all others: the learnt are surer of themselves."""
    own = tuple(candidate for candidate in candidates if candidate.intent in entries)
    new = [candidate for candidate in own if candidate.evidence.get("unlearnt")]
    best = max(new, key=lambda item: item.evidence["standing_lead"], default=None)
    if best is None or best in own[:_CHOICES] or best.evidence["standing_lead"] < _NEARLY:
        return own
    kept = _CHOICES - 1
    return (*own[:kept], best, *(candidate for candidate in own[kept:] if candidate is not best))


def seen_danger(candidates: Sequence[Candidate], thresholds: Mapping[str, float]) -> str | None:
    """The likeliest kind of danger among the candidates, when all kinds together are likely enough; None otherwise."""
    dangers = [candidate for candidate in candidates if candidate.intent.startswith("danger.")]
    total = sum(candidate.confidence for candidate in dangers)
    return dangers[0].intent.removeprefix("danger.") if total >= thresholds["danger"] else None


def danger_told(parts: Sequence[Sequence[Candidate]], thresholds: Mapping[str, float]) -> str | None:
    """The kind of danger that at least three parts of a story tell of, each twice as likely as what would do alone: one
    hard sentence stands in most stories."""
    loud = {**thresholds, "danger": 2 * thresholds["danger"]}
    told = [kind for kind in (seen_danger(part, loud) for part in parts) if kind]
    return max(told, key=told.count) if len(told) >= _TOLD else None


def _best(candidates: Sequence[Candidate], intents: Collection[str]) -> Candidate | None:
    return next((candidate for candidate in candidates if candidate.intent in intents), None)


def _confidence(candidate: Candidate | None) -> float:
    return candidate.confidence if candidate else 0.0


def _said(candidate: Candidate) -> float:
    """What the engine and the nearest questions say, 0..2: by itself "how much?" is no question that could be answered,
    and the fusion says so."""
    return candidate.evidence.get("nlu", candidate.confidence) + candidate.evidence.get("near", 0.0)


def _asked(candidates: Sequence[Candidate]) -> Candidate | None:
    """The part that is asked for; "where do I go, and what do I do?" asks for the steps, which name the office."""
    best = max((item for item in candidates if item.intent in FOLLOW_UPS), key=_said, default=None)
    steps = _best(candidates, ("ask.steps",))
    return steps if best and best.intent == "ask.where" and steps and _said(steps) > _BOTH * _said(best) else best


def _follow_up(
    candidates: Sequence[Candidate], situation: Situation, thresholds: Mapping[str, float]
) -> Decision | None:
    """A question about the last entry: it asks for a part ("how much?"), names a place, or changes the person."""
    last = situation.session.last_entry
    asked = _asked(candidates)
    meaning = asked if asked and asked.intent == "ask.meaning" else None
    own = answerable(candidates, situation.entries)
    if (
        situation.term_named
        and meaning
        and meaning.confidence >= max(thresholds["follow_up"], _confidence(own[0] if own else None))
    ):
        return Decision("small_talk", tuple(own), act="ask.meaning", why="asks what a word means")
    if last is None or last not in situation.entries or len(situation.text) > _SHORT:
        return None
    rival = max((_confidence(item) for item in own if item.intent != last), default=0.0)
    if rival >= thresholds["answer_high"]:
        return None
    if (
        asked
        and _said(asked) >= thresholds["follow_up"]
        and asked.intent in (*_SECTION, "ask.where", "ask.other_person")
    ):
        return Decision("answer", own, last, _SECTION.get(asked.intent), why=f"{asked.intent} about the last entry")
    if situation.place_named and rival < thresholds["answer"]:
        return Decision("answer", own, last, None, why="the last entry for another place")
    return None


def _act(candidates: Sequence[Candidate], situation: Situation, thresholds: Mapping[str, float]) -> Decision | None:
    act = _best(candidates, ACTS)
    own = answerable(candidates, situation.entries)
    if _confidence(own[0] if own else None) < thresholds["clarify"] and (
        named := _named(candidates, situation, thresholds)
    ):
        return Decision(
            "small_talk", own, act=named.intent, why=f"names it, and {named.intent} says {_said(named):.2f}"
        )
    if act is None or act.confidence < thresholds["act"]:
        return None
    # "I live in Foggia, how do I renew?" is a question: a place is small talk only when nothing else was said.
    enough = min(act.confidence, thresholds["clarify"]) if act.intent == "set_place" else act.confidence
    if own and own[0].confidence > enough:
        return None
    kind = "handoff" if act.intent == "talk_to_human" else "small_talk"
    return Decision(kind, own, act=act.intent, why=f"{act.intent} {act.confidence:.2f} >= act {thresholds['act']:.2f}")


def _named(candidates: Sequence[Candidate], situation: Situation, thresholds: Mapping[str, float]) -> Candidate | None:
    """What a place or a language is named for: to say where somebody is, or to speak it. Of a place, little need be said
    beside it; what is surely not ours names a language for something else ("translate this song into English")."""
    where, speak = _best(candidates, ("set_place",)), _best(candidates, ("change_language",))
    if situation.place_named and where:
        little = where.evidence.get("length", 1.0) <= _LITTLE
        if _said(where) > (_HINTED if little else thresholds["act"]):
            return where
    simpler, outside = _best(candidates, ("simplify",)), _confidence(_best(candidates, (OUT_OF_SCOPE,)))
    if situation.language_named and speak and _said(speak) > thresholds["act"] and outside < _SURELY:
        return speak if simpler is None or _said(speak) > _said(simpler) else None  # "simpler, my Italian is poor"
    return None


def _entry(candidates: Sequence[Candidate], situation: Situation, thresholds: Mapping[str, float]) -> Decision:
    own = answerable(candidates, situation.entries)
    if not own:
        return Decision("handoff", own, why="nothing found that we can answer")
    best = own[0]
    needed = thresholds["answer_high" if situation.risk(best.intent) == "high" else "answer"]
    unwritten = [item for item in candidates if "/" in item.intent and item.intent not in situation.entries]
    rival = max([_confidence(_best(candidates, (OUT_OF_SCOPE,))), *(item.confidence for item in unwritten)])
    if best.confidence >= needed and best.confidence > rival:
        return Decision("answer", own, best.intent, why=f"{best.intent} {best.confidence:.2f} >= {needed:.2f}")
    likely = sum(item.confidence for item in own[:_CHOICES])
    # Choices do little harm, as who sees none that fits asks a person; but what is surely not ours gets none.
    if likely >= thresholds["clarify"] and rival < thresholds["answer"]:
        return Decision(
            "clarify", own[:_CHOICES], why=f"best {best.confidence:.2f} < {needed:.2f}, together {likely:.2f}"
        )
    return Decision("handoff", own, why=f"best {best.confidence:.2f}, out of scope or unwritten {rival:.2f}")
