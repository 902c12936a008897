"""What a pure function made is kept by the content of what it was given."""

from __future__ import annotations

import pandas as pd
import pytest

from cgr_nb.util.content_memo import kept_by_content


@pytest.fixture
def doubled():
    """A function that doubles a column, how often it worked, and the limit of its frames."""
    calls = []

    @kept_by_content(lambda frame, **_: len(frame) < 4, most=2)
    def work(frame, *, times=2, mark=None):
        calls.append(len(frame))
        return {"found": frame.assign(a=frame["a"] * times), "mark": mark}

    return work, calls


def frame(*values):
    return pd.DataFrame({"a": values, "text": [f"t{value}" for value in values]})


def test_equal_content_is_worked_on_once(doubled):
    work, calls = doubled
    first, second = work(frame(1, 2)), work(frame(1, 2))
    assert calls == [2]
    pd.testing.assert_frame_equal(first["found"], second["found"])
    assert second["found"]["a"].tolist() == [2, 4]


@pytest.mark.parametrize(
    "other",
    [
        lambda work: work(frame(1, 3)),
        lambda work: work(frame(1, 2).iloc[::-1]),
        lambda work: work(frame(1.0, 2.0)),
        lambda work: work(frame(1, 2).rename(columns={"text": "texts"})),
        lambda work: work(frame(1, 2), times=3),
        lambda work: work(frame(1, 2), mark=True),
    ],
)
def test_whatever_differs_is_worked_on_anew(doubled, other):
    work, calls = doubled
    work(frame(1, 2), mark=1)
    other(work)
    assert calls == [2, 2]


def test_nobody_changes_what_another_is_given(doubled):
    work, _ = doubled
    for _ in range(3):
        given = work(frame(1, 2))["found"]
        assert given["a"].tolist() == [2, 4]
        given.loc[0, "a"] = 7


def test_so_many_are_kept_and_no_more(doubled):
    work, calls = doubled
    for value in (1, 2, 1, 3, 1, 2):
        work(frame(value))
    assert len(calls) == 4  # 1, 2, 3, and 2 again, which went for 3


def test_what_is_large_or_has_no_bytes_is_worked_on_each_time(doubled):
    work, calls = doubled
    for _ in range(2):
        work(frame(1, 2, 3, 4))
        assert work(frame(1), mark=str)["mark"] is str
        nameless = [lambda: 1]
        assert work(frame(1, 2), mark=nameless)["mark"] is nameless
    assert calls == [4, 1, 2, 4, 2]


def test_an_error_is_kept_by_nobody(doubled):
    work, calls = doubled
    for _ in range(2):
        with pytest.raises(KeyError):
            work(pd.DataFrame({"b": [1]}))
    assert calls == [1, 1]
