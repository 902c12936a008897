"""The bar of long work."""

from __future__ import annotations

from cgr_nb.progress import progress_bar
from cgr_nb.study import Progress


def test_a_bar_tells_what_is_being_loaded(capsys):
    with progress_bar(True, "rows") as bar:
        for loading in (None, ("qwen", 0.42), ("qwen", 1.0)):
            now = Progress(1, 3, None, loading)
            bar(now.done, now.total, now.words)
    drawn = capsys.readouterr().err.split("\r")
    assert any("loading qwen 42%" in line for line in drawn)
    assert "loading" not in drawn[-1]


def test_a_bar_that_is_not_shown_writes_nothing(capsys):
    with progress_bar(False, "rows") as bar:
        bar(1, 3, "loading qwen 42%")
    assert capsys.readouterr().err == ""
