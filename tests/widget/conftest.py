"""One server for each file of the widget's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.widget.house import served


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the small content."""
    with served(tmp_path_factory.mktemp("widget")) as address:
        yield address
