"""What the tests of sandboxes share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cgr_nb.sandbox.idle import end_idle


@pytest.fixture
def no_idle_workers() -> Iterator[None]:
    """Begin and end with no worker that is kept for the next sandbox: for who counts processes."""
    end_idle()
    yield
    end_idle()
