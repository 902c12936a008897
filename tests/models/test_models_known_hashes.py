"""Hashes of large files are computed once a machine."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from cgr_nb.models.known_hashes import known_sha256

LARGE = 65 << 20
FIRST, SECOND = "a" * 64, "b" * 64


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A large file that takes no room, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "model.gguf"
    path.touch()
    os.truncate(path, LARGE)
    return path


def never():
    raise AssertionError("it was computed again")


def test_a_hash_is_computed_once_until_the_file_changes(weights):
    assert known_sha256([weights], lambda: FIRST) == FIRST
    assert known_sha256([weights], never) == FIRST
    stamp = weights.stat()
    with weights.open("rb+") as file:
        file.write(b"x")
    # Also where somebody gives it its old time back.
    os.utime(weights, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert known_sha256([weights], lambda: SECOND) == SECOND


def test_processes_that_want_one_hash_at_one_time_wait_for_the_first(weights):
    computed, both = [], Barrier(2)

    def compute():
        computed.append(1)
        return FIRST

    def ask():
        both.wait()
        return known_sha256([weights], compute)

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask) for _ in range(2)]
        assert [one.result() for one in asked] == [FIRST, FIRST]
    assert computed == [1]


@pytest.mark.parametrize("kept", [b"", b"A" * 64, b"a" * 63, b"a" * 65, b"\xff" * 64])
def test_what_was_kept_and_is_no_hash_is_computed_again(weights, tmp_path, kept):
    known_sha256([weights], lambda: FIRST)
    [place] = (
        path for path in (tmp_path / "cache").rglob("*") if path.suffix == "" and path.is_file()
    )
    place.write_bytes(kept)
    assert known_sha256([weights], lambda: SECOND) == SECOND


def test_where_nothing_can_be_kept_each_computes_its_own(weights, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    assert known_sha256([weights], lambda: FIRST) == FIRST
    assert known_sha256([weights], lambda: SECOND) == SECOND


def test_small_files_leave_nothing_in_the_cache(weights, tmp_path):
    os.truncate(weights, 1000)
    assert known_sha256([weights], lambda: FIRST) == FIRST
    assert not (tmp_path / "cache").exists()
