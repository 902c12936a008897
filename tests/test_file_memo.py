"""What was made from files is kept for as long as they are as they were."""

from __future__ import annotations

import os
import time

import pytest

from cgr_nb.util.file_memo import FileMemo


@pytest.fixture
def memo(tmp_path):
    """A memo of the text of a file, the file, and how often it was read."""
    path, reads = tmp_path / "a.txt", []

    def text():
        def make():
            reads.append(path)
            return (path.read_text("utf-8") if path.exists() else None), [path, tmp_path]

        return kept.of("a", make)

    kept = FileMemo()
    return path, text, reads


def written_long_ago(path, text):
    path.write_text(text, "utf-8")
    for place in (path, path.parent):
        os.utime(place, (time.time() - 60,) * 2)


def test_a_file_that_stays_is_read_once(memo):
    path, text, reads = memo
    written_long_ago(path, "one")
    assert [text(), text()] == ["one", "one"]
    assert len(reads) == 1


def test_a_changed_file_is_read_again(memo):
    path, text, _ = memo
    written_long_ago(path, "one")
    text()
    path.write_text("two", "utf-8")
    assert text() == "two"


def test_another_text_of_the_same_size_and_time_is_read_again(memo):
    path, text, _ = memo
    for wanted in ("one", "two"):  # as an archive unpacks files whose times are all one
        path.write_text(wanted, "utf-8")
        for place in (path, path.parent):
            os.utime(place, (1_700_000_000,) * 2)
        assert text() == wanted


def test_a_file_that_was_changed_a_moment_ago_is_read_each_time(memo):
    path, text, reads = memo
    path.write_text("one", "utf-8")
    text()
    text()
    assert len(reads) == 2


def test_a_file_that_was_not_there_is_found_when_it_comes(memo):
    path, text, _ = memo
    os.utime(path.parent, (time.time() - 60,) * 2)
    assert text() is None
    path.write_text("one", "utf-8")
    assert text() == "one"
