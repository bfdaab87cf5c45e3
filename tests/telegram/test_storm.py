"""A thousand updates on a bad day of Telegram's: everybody is answered once, in order."""

from __future__ import annotations

from pathlib import Path

from tests.telegram.storm import storm


def test_everybody_is_answered_once_and_in_order(tmp_path: Path) -> None:
    came = storm(tmp_path, 1000)
    assert min(came.repeated, came.refused, came.silent) > 0
    assert (came.doubled, came.out_of_order) == (0, 0)
    # What Telegram silently dropped nobody can know: these people were told that an answer may be missing.
    assert came.lost <= came.missed <= came.told
    assert came.answered + came.lost == came.sent
