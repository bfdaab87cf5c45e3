"""The widget's files as they travel: its modules as one script, and everything without comments and spare spaces."""

from __future__ import annotations

import re
from pathlib import Path

from rcssmin import cssmin
from rjsmin import jsmin

# In the order in which they need each other. All share one scope then: a name may stand in one of them only.
MODULES = ("memory", "parts", "beside", "replies", "room", "suggest", "listening", "mediator", "desk")
_IMPORT = re.compile(r"^import .*? from \"\./\w+\.js\";\n", re.M | re.S)
_EXPORT, _KEPT = re.compile(r"^export (?=\w+ )", re.M), "begin"  # what widget.js calls


def bundle(folder: Path) -> str:
    """All modules as one script."""
    texts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in MODULES]
    whole = _EXPORT.sub("", _IMPORT.sub("", "\n".join(texts)))
    return str(jsmin(f"{whole}export {{ {_KEPT} }};"))


def squeezed(file: Path) -> str:
    """A script or a style sheet that says the same in fewer letters."""
    smaller = cssmin if file.suffix == ".css" else jsmin
    return str(smaller(file.read_text(encoding="utf-8")))
