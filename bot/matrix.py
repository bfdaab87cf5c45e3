"""What there is and what is missing: entries x locales, utterances, phrases; and how easy the texts are to read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from statistics import mean, median

from bot.locales import LOCALES, SOURCE
from bot.model import ACTS, DANGERS, OUT_OF_SCOPE, Answer, Content

Phrases = Mapping[str, tuple[int, int]]  # by locale: how many sentences of the interface are translated, of how many
STYLES = ("plain", "colloquial", "typo", "romanised", "mixed", "keyword", "story")
LEAST = {"utterances": 20, "acts": 20, "danger": 18, "out of scope": 100}  # a few less than asked for, as some repeat
HARD = 50  # Gulpease below which a text is hard for people with lower secondary school
_SENTENCE = re.compile(r"[.!?…:;。！？؟۔।։፡።]+(?=\s|$)|[。！？።]|\n+")
_HOLES = re.compile(r"\{[^{}]*\}")


def matrix(content: Content, phrases: Phrases) -> list[str]:
    """A line for each locale that has anything: answers, utterances (least and median an entry, share of each style),
    dialogue acts, danger, out of scope, phrases, words a sentence."""
    rows = [
        "locale answers utterances least median  "
        + " ".join(f"{style[:6]:>6}" for style in STYLES)
        + "   acts danger outside phrases words/sentence"
    ]
    answers = Counter(answer.locale for answer in content.answers.values())
    for locale, intents in _intents(content).items():
        per_entry = sorted(intents[entry] for entry in content.entries) or [0]
        styles = Counter(example.style for example in content.examples if example.locale == locale)
        total = max(styles.total(), 1)
        rows.append(
            f"{locale:6} {answers[locale]:7} {styles.total():10} {per_entry[0]:5} {round(median(per_entry)):6}  "
            + " ".join(f"{styles[style] / total:6.0%}" for style in STYLES)
            + f" {sum(intents[act] for act in ACTS):6} {sum(intents[f'danger.{kind}'] for kind in DANGERS):6}"
            f" {intents[OUT_OF_SCOPE]:7} {phrases.get(locale, (0, 0))[0]:7} {_sentence_length(content, locale):10.1f}"
        )
    return rows


def gaps(content: Content, phrases: Phrases) -> list[str]:
    """What a locale that has answers lacks to be complete, a line each, with what to do."""
    found = []
    intents = _intents(content)
    for locale in content.locales():
        for entry in content.entries:
            if (entry, locale) not in content.answers:
                found.append(f"{locale}: no answer for {entry}; write {locale}.md beside its it.md")
        for term in content.terms:
            if locale not in term.explained:
                found.append(f"{locale}: {term.word!r} is not explained; add it in glossary.yml")
        done, of = phrases.get(locale, (0, max((total for _, total in phrases.values()), default=0)))
        if done < of:
            found.append(f"{locale}: {of - done} of {of} phrases; add translations/{locale}/bussola.po")
        found += [f"{locale}: {text}; add them in nlu_data/{locale}.yml" for text in _few(content, intents[locale])]
    return found


def readability(content: Content) -> list[str]:
    """The Gulpease index of the Italian texts (Lucisano & Piemontese 1988: 0 hard, 100 easy), and which are hard."""
    scores = {key[0]: gulpease(answer) for key, answer in content.answers.items() if answer.locale == SOURCE}
    if not scores:
        return []
    hard = sorted((score, entry) for entry, score in scores.items() if score < HARD)
    return [
        f"Gulpease of the Italian texts: {mean(scores.values()):.1f} on average, {len(hard)} under {HARD}",
        *(f"  {score:.0f} {entry}" for score, entry in hard),
    ]


def gulpease(answer: Answer) -> float:
    """89 + (300 sentences - 10 letters) / words; at most 100."""
    text = _plain(answer)
    words = re.findall(r"\w+", text)
    letters = sum(map(len, words))
    return min(100.0, 89 + (300 * len(_sentences(text)) - 10 * letters) / max(len(words), 1))


def _plain(answer: Answer) -> str:
    lines = "\n".join(answer.fields().values())
    return _HOLES.sub("10", re.sub(r"^(\d+\.|-)\s*", "", lines, flags=re.M))


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE.split(text) if re.search(r"\w", part)]


def _sentence_length(content: Content, locale: str) -> float:
    """Words a sentence; Chinese, written without spaces, has about 1.7 characters a word."""
    texts = [_plain(answer) for answer in content.answers.values() if answer.locale == locale]
    sentences = [sentence for text in texts for sentence in _sentences(text)]
    if LOCALES[locale].script == "Hans":
        return sum(len(re.sub(r"\W", "", text)) for text in texts) / 1.7 / max(len(sentences), 1)
    return sum(len(text.split()) for text in texts) / max(len(sentences), 1)


def _intents(content: Content) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for example in content.examples:
        counts.setdefault(example.locale, Counter())[example.intent] += 1
    there = {*counts, *content.locales()}
    return {locale: counts.get(locale, Counter()) for locale in LOCALES if locale in there}


def _few(content: Content, counts: Counter[str]) -> Iterator[str]:
    wanted = {
        **dict.fromkeys(content.entries, LEAST["utterances"]),
        **dict.fromkeys(ACTS, LEAST["acts"]),
        **dict.fromkeys((f"danger.{kind}" for kind in DANGERS), LEAST["danger"]),
        OUT_OF_SCOPE: LEAST["out of scope"],
    }
    for intent, least in wanted.items():
        if counts[intent] < least:
            yield f"{counts[intent]} of {least} utterances for {intent}"
