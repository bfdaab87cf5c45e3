"""The widget's script: its modules as one file, which a slow phone gets in one piece and a third smaller."""

from __future__ import annotations

import re
from pathlib import Path

# In the order in which they need each other. All share one scope then: a name may stand in one of them only.
MODULES = ("memory", "parts", "beside", "replies", "room", "suggest", "listening", "mediator", "desk")
_IMPORT = re.compile(r"^import .*? from \"\./\w+\.js\";\n", re.M | re.S)
_EXPORT, _KEPT = re.compile(r"^export (?=\w+ )", re.M), "begin"  # what widget.js calls
_ASIDE = re.compile(r"^\s*//.*\n|^[ \t]+|(?<=\n)\n+", re.M)


def bundle(folder: Path) -> str:
    """All modules in one, without whole-line comments and indentation."""
    texts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in MODULES]
    whole = _EXPORT.sub("", _IMPORT.sub("", "\n".join(texts)))
    return f"{_ASIDE.sub('', whole)}export {{ {_KEPT} }};\n"
