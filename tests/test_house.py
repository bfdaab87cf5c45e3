"""The house rules, enforced: who imports whom, nothing at import, sizes, words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEVELS = {
    0: ("model", "ports", "locales", "roles", "sentences", "settings", "shared", "standing", "text"),
    1: ("ngrams", "policy", "clauses", "language", "safety", "nlu", "embedder", "retriever", "overlay", "ranking", "values", "phrases", "places", "tables", "rows",
        "store", "accounts", "factors", "invitations", "people", "audit", "copies", "unanswered", "received", "answered", "cipher", "conversations",
        "knowledge", "export", "check", "matrix", "rasa", "translating", "service_checks", "owners"),
    2: ("compose", "handoff", "assistant", "trial", "desk", "inbox", "exchange"),
    4: ("build", "serving", "__main__", "training"),
}  # fmt: skip
LEVEL = {name: level for level, names in LEVELS.items() for name in names}
# Nobody imports a neighbour of the same level, but for these: the tables' family, n-grams, which three engines share,
# and the chain of level 2.
NEIGHBOURS = {("rows", "tables"), ("store", "tables"), ("store", "rows"), ("accounts", "tables"), ("accounts", "store"),
              ("accounts", "rows"), ("factors", "tables"), ("factors", "cipher"), ("accounts", "factors"), ("invitations", "accounts"), ("invitations", "tables"),
              ("people", "accounts"), ("people", "tables"), ("audit", "tables"), ("audit", "accounts"),
              ("copies", "tables"), ("copies", "rows"), ("unanswered", "tables"), ("unanswered", "rows"), ("trial", "assistant"),
              ("trial", "compose"), ("desk", "trial"),
              ("received", "tables"), ("received", "store"), ("received", "rows"),
              ("answered", "tables"), ("answered", "store"), ("answered", "rows"), ("answered", "cipher"), ("nlu", "ngrams"), ("language", "ngrams"),
              ("retriever", "ngrams"), ("conversations", "tables"), ("handoff", "compose"), ("assistant", "handoff"), ("desk", "handoff"),
              ("inbox", "handoff"), ("inbox", "desk"), ("assistant", "compose"), ("desk", "assistant"), ("desk", "compose"), ("ports", "model"), ("ports", "standing"), ("standing", "model"), ("shared", "model"), ("shared", "sentences"),
              ("settings", "model"), ("settings", "locales"), ("rasa", "export"),
              ("translating", "rows"), ("translating", "tables"), ("translating", "store"), ("translating", "copies"),
              ("service_checks", "rows"), ("service_checks", "tables"), ("service_checks", "store"),
              ("owners", "tables"), ("owners", "rows")}  # fmt: skip
CONSOLE_MAY = {
    "store",
    "accounts",
    "factors",
    "invitations",
    "people",
    "audit",
    "copies",
    "unanswered",
    "translating",
    "service_checks",
    "owners",
}


def _files() -> list[Path]:
    return [
        path
        for folder in ("bot", "connectors")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def _imports(path: Path) -> set[str]:
    """Dotted names of our own modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= (
                {node.module}
                if node.module not in ("bot", "connectors")
                else {f"{node.module}.{alias.name}" for alias in node.names}
            )
    return {name for name in found if name.split(".")[0] in ("bot", "connectors")}


def test_imports_go_from_a_higher_level_to_a_lower_one_only() -> None:
    wrong, seen = [], 0
    for path in _files():
        name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        own = name.split(".")[1] if name.startswith("bot.") else "connectors"
        if own == "__init__":
            continue
        seen += 1
        level = LEVEL.get(own, 3)
        for imported in _imports(path):
            part = imported.split(".")[1] if imported.startswith("bot.") else "connectors"
            target = LEVEL.get(part, 3)
            same = part == own or (part == "connectors" and own == "connectors")
            console = "connectors.console" in name and part in CONSOLE_MAY
            phrase = own == "connectors" and part == "phrases"  # the mark on sentences
            allowed = target in ((0, 2) if level == 3 else range(level)) or level == 4
            if not (allowed or same or console or phrase or (own, part) in NEIGHBOURS):
                wrong.append(f"{name} imports {imported}")
    assert wrong == []
    assert seen >= 35


def test_heavy_libraries_are_imported_in_one_place_inside_the_function_that_needs_them() -> None:
    places: dict[str, set[str]] = {"sentence_transformers": set(), "telegram": set(), "rasa": set()}
    at_import = []
    for path in _files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                if name.split(".")[0] in places:
                    places[name.split(".")[0]].add(path.relative_to(ROOT).as_posix())
        at_import += [f"{path.name}: {ast.unparse(node)}" for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
                      and re.match(r"(import|from) (torch|sentence_transformers|telegram|sklearn|scipy|transformers)\b", ast.unparse(node))]  # fmt: skip
    assert at_import == []
    assert places["rasa"] == {"bot/rasa/tokenizer.py"}  # which Rasa alone imports
    assert {path for path in places["sentence_transformers"] if "training" not in path} == {"bot/embedder.py"}
    assert {path.split("_")[0].removesuffix(".py") for path in places["telegram"]} == {"connectors/telegram"}


def test_importing_everything_is_silent_and_loads_nothing_heavy() -> None:
    names = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in _files()
        if path.stem not in ("__init__", "__main__", "tokenizer")  # the last is for Rasa alone
    ]
    code = f"import sys, importlib\nfor name in {names!r}: importlib.import_module(name)\n" \
           "print([name for name in ('torch', 'sentence_transformers', 'telegram', 'sklearn', 'scipy', 'transformers') if name in sys.modules])"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
    assert len(names) >= 35


def test_files_and_functions_stay_short() -> None:
    long = []
    for path in _files():
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 400:
            long.append(f"{path.name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60:
                long.append(f"{path.name}:{node.lineno} {node.name}")
    assert long == []


def test_names_come_from_the_glossary() -> None:
    forbidden = re.compile(r"(^|_)(utils?|helpers?|common|manager|faq|article)(_|$)|^process_")
    wrong = [path.as_posix() for path in _files() if forbidden.search(path.stem)]
    for path in _files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and forbidden.search(node.name.lower()):
                wrong.append(f"{path.name}:{node.lineno} {node.name}")
    assert wrong == []
