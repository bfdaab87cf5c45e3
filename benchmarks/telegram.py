"""Telegram on a bad day: ten thousand updates in a random order of chats, some of them twice, with floods (429), faults
(5xx), silences, and a restart half way. Is everybody answered once, in order?

python -m benchmarks.telegram [--updates 10000] [--seed 7]
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.telegram.storm import storm


def main() -> None:
    """Prints what came of it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--updates", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=7)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        came = storm(Path(folder), chosen.updates, chosen.seed)
    for name, value in asdict(came).items():
        print(f"{name.replace('_', ' '):14} {value:10.0f}")
    print(f"{'updates/second':14} {came.sent / came.seconds:10.0f}")


if __name__ == "__main__":
    main()
