"""Kills a publishing program two hundred times and looks for half edits and lost ones: python -m benchmarks.kill"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.killed import torture


def main(times: int = 200) -> int:
    """Prints what was found; 1 when anything was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        found, editions = torture(Path(folder), times, seed=times)
    print("\n".join(found) or "no half edit, and none that was confirmed is lost")
    print(f"{times} kills, {editions} editions")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
