"""By polling and by webhook: hundreds of updates on a bad day of Telegram's: everybody is answered once, in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.telegram.storm import Outcome, storm, storm_by_webhook


@pytest.mark.parametrize("door", [storm, storm_by_webhook], ids=["polling", "webhook"])
def test_everybody_is_answered_once_and_in_order(tmp_path: Path, door: Callable[[Path, int], Outcome]) -> None:
    came = door(tmp_path, 600 if door is storm else 400)
    assert min(came.repeated, came.refused, came.silent, came.lost, came.told) > 0
    assert (came.doubled, came.out_of_order) == (0, 0)
    # What Telegram silently dropped nobody can know: each of these people was told which answer may be missing.
    assert (came.forgotten, came.untold, came.told_in_vain) == (0, 0, 0)
    assert came.answered + came.lost == came.sent
