"""Freed memory goes back to the machine, and nothing breaks where the C library can't do that."""

import ctypes
import platform
from pathlib import Path

import pytest

from cgr_nb.util.freed_memory import give_back


def resident_mb():
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096 / 2**20


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_pages_between_others_that_are_in_use_are_given_back():
    blocks = [bytearray(50_000) for _ in range(4_000)]
    for block in blocks:
        block[::4096] = b"\1" * len(block[::4096])
    kept = blocks[::40]
    full = resident_mb()
    del blocks
    give_back()
    assert full - resident_mb() > 100
    assert all(block[0] == 1 for block in kept)


@pytest.mark.parametrize("error", [OSError("no library"), AttributeError("no malloc_trim")])
def test_another_c_library_is_left_alone(monkeypatch, error):
    def fails(name):
        raise error

    monkeypatch.setattr(ctypes, "CDLL", fails)
    give_back()
