"""The README says what there is: every setting, command and endpoint."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from bot.settings import Settings
from connectors.web.app import create_app
from tests.small import desk, store

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    names = [f"BUSSOLA_{name.upper()}" for name in Settings.model_fields]
    assert len(names) >= 12
    assert [name for name in names if f"`{name}`" not in README] == []


def test_every_command_is_documented() -> None:
    usage = subprocess.run(
        [sys.executable, "-m", "bot", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    commands = re.findall(r"^    (\w+) ", usage, re.M)
    assert {"serve", "ask", "eval", "check", "import", "export", "train", "admin"} <= set(commands)
    assert [name for name in commands if f"bussola {name}" not in README] == []
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    assert [name for name in targets if f"make {name}" not in README] == []


def test_every_endpoint_is_documented(tmp_path: Path) -> None:
    assistant, counter = desk(store(tmp_path))
    paths = list(create_app(assistant, counter, Settings()).openapi()["paths"])
    assert len(paths) >= 8
    assert [path for path in paths if f"`{path}`" not in README and f"{path}`" not in README] == []


def test_files_that_the_readme_names_exist() -> None:
    named = set(re.findall(r"\]\(((?!http|#)[^)]+)\)", README))
    assert named
    assert [name for name in named if not (ROOT / name.split("#")[0]).exists()] == []
