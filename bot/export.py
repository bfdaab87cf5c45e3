"""Content written back to its files, in the form that bot.knowledge reads as the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from bot.model import Answer, Content, Entry, Example, Source, Value

_VALUES_HEAD = """\
# Values that more than one entry uses: they live here once. An entry's own values live in its entry.yml.
# Everything here was copied from public pages and is unconfirmed until a mediator has checked it.
"""
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def dump(content: Content, root: Path, progress: Callable[[str], None] = lambda _: None) -> int:
    """Writes content back to its files, in a form that `load` reads as the same; returns how many files changed."""
    base = root / "knowledge_base"
    texts: dict[Path, str] = {}
    for entry in content.entries.values():
        texts[base / "entries" / entry.id / "entry.yml"] = entry_yaml(entry)
    if content.values:
        texts[base / "values.yml"] = values_yaml(content)
    for answer in content.answers.values():
        texts[base / "entries" / answer.entry / f"{answer.locale}.md"] = answer_markdown(answer)
    for locale in sorted({example.locale for example in content.examples} | set(content.patterns)):
        texts[root / "nlu_data" / f"{locale}.yml"] = nlu_yaml(
            [example for example in content.examples if example.locale == locale], content.patterns.get(locale, {})
        )
    changed = 0
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            progress(str(path.relative_to(root)))
            changed += 1
    return changed


def value_data(value: Value) -> dict[str, Any]:
    """A Value as the mapping that `parse_value` reads."""
    amount: Any = value.amount
    if isinstance(amount, Decimal):
        amount = int(amount) if amount == amount.to_integral() else float(amount)
    data: dict[str, Any] = {value.unit if value.kind == "duration" else value.kind: amount}
    if value.kind == "money":
        data["currency"] = value.unit
    if value.review_by:
        data["review_by"] = value.review_by
    if value.applies_to:
        data["applies_to"] = value.applies_to
    return data


def entry_yaml(entry: Entry) -> str:
    """entry.yml as text."""
    values: dict[str, list[dict[str, Any]]] = {}
    for value in entry.values:
        values.setdefault(value.name, []).append(value_data(value))
    data: dict[str, Any] = {"id": entry.id, "risk": entry.risk, "review_by": entry.review_by}
    data |= {"related": list(entry.related), "services": list(entry.services)}
    if entry.applies_to:
        data["applies_to"] = list(entry.applies_to)
    data["values"] = {name: _one_or_all(items) for name, items in values.items()}
    data["sources"] = _sources(entry.sources)
    return _yaml(data)


def values_yaml(content: Content) -> str:
    """values.yml as text: the values that several entries share, with their sources where they have some."""
    data: dict[str, Any] = {}
    for name in sorted(content.values):
        data[name] = _one_or_all([value_data(value) for value in content.values[name]])
        if content.value_sources.get(name):
            data[name] = {"values": data[name], "sources": _sources(content.value_sources[name])}
    return _VALUES_HEAD + _yaml(data)


def _one_or_all(items: list[dict[str, Any]]) -> Any:
    return items[0] if len(items) == 1 else items


def _sources(sources: Sequence[Source]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{key: item for key, item in asdict(source).items() if item} for source in sources]
    for source in found:
        if re.fullmatch(r"\d{4}", source.get("published", "")):
            source["published"] = int(source["published"])
        elif re.fullmatch(r"\d{4}-\d\d-\d\d", source.get("published", "")):
            source["published"] = date.fromisoformat(source["published"])
    return found


def _yaml(data: dict[str, Any]) -> str:
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None))


def answer_markdown(answer: Answer) -> str:
    """<locale>.md as text."""
    parts = [f"# {answer.title}", answer.answer]
    parts += [f"## {name.replace('_', ' ').capitalize()}\n{text}" for name, text in answer.sections.items()]
    return "\n\n".join(parts) + "\n"


def nlu_yaml(examples: Sequence[Example], patterns: Mapping[str, Sequence[str]]) -> str:
    """nlu_data/<locale>.yml as text: one block per intent and style, then the danger patterns, in Rasa 3.1's format."""
    blocks: dict[tuple[str, str], list[str]] = {}
    for example in examples:
        blocks.setdefault((example.intent.replace("/", "."), example.style), []).append(example.text)
    lines = ['version: "3.1"', "nlu:"]
    for (intent, style), texts in sorted(blocks.items()):
        lines += [f"- intent: {intent}", f"  metadata: {{style: {style}}}", "  examples: |"]
        lines += [f"    - {text}" for text in texts]
    for kind, items in sorted(patterns.items()):
        lines += [f"- regex: danger.{kind}", "  examples: |"]
        lines += [f"    - {item}" for item in items]
    return "\n".join(lines) + "\n"
