"""Frames made in a block of `python_texts` hold Python's strings, and pandas is left as it was."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

from cgr_nb.util.python_texts import python_texts


def storage() -> str:
    return str(getattr(pd.Series(["a"]).dtype, "storage", None))


def test_the_values_and_the_type_are_those_of_pandas_own_texts():
    plain = pd.Series(["a", None, "é"])
    with python_texts():
        ours = pd.Series(["a", None, "é"])
        assert storage() == "python"
    assert plain.dtype == "str"
    assert ours.dtype == "str"
    assert ours.astype(object).equals(plain.astype(object))
    assert pd.concat([plain, ours]).dtype == "str"


def test_blocks_that_overlap_leave_pandas_as_the_first_found_it():
    before = pd.get_option("mode.string_storage")
    began, go_on = threading.Event(), threading.Event()

    def other():
        with python_texts():
            began.set()
            go_on.wait(60)

    thread = threading.Thread(target=other)
    with python_texts():
        thread.start()
        assert began.wait(60)
    assert storage() == "python"
    go_on.set()
    thread.join()
    assert pd.get_option("mode.string_storage") == before


def test_a_block_that_fails_leaves_pandas_as_it_was():
    before = pd.get_option("mode.string_storage")
    with pytest.raises(ValueError, match="no"), python_texts():
        raise ValueError("no")
    assert pd.get_option("mode.string_storage") == before
