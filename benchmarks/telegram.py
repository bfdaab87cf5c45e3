"""Telegram on a bad day: ten thousand updates in a random order of chats, some of them twice, with floods (429), faults
(5xx), silences, and a restart half way. Is everybody answered once, in order?

python -m benchmarks.telegram [--updates 10000] [--seed 7] [--webhook]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.telegram.storm import storm, storm_by_webhook


def main() -> None:
    """Prints what came of it; fails when somebody was answered twice, out of order, or not at all without being told."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--updates", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--webhook", action="store_true", help="updates are posted over HTTP instead of fetched")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        came = (storm_by_webhook if chosen.webhook else storm)(Path(folder), chosen.updates, chosen.seed)
    for name, value in asdict(came).items():
        print(f"{name.replace('_', ' '):14} {value:10.0f}")
    print(f"{'updates/second':14} {came.sent / came.seconds:10.0f}")
    if came.faults or came.answered + came.lost != came.sent:
        sys.exit(1)


if __name__ == "__main__":
    main()
