"""Weight files with damaged heads: the asking process lives, and hears of it in one line."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cgr_nb.errors import ModelError
from cgr_nb.models import Registry
from cgr_nb.models.llama import LlamaModel
from cgr_nb.records import Message, Sampling

MUTANTS = 25
"""Tried at least; more as long as `--fuzz-seconds` says."""


def mutate(data, whims, head):
    """A copy with a few bytes of its head changed: bits, lengths, numbers, pieces moved."""
    made = bytearray(data)
    for _ in range(whims.choice((1, 1, 1, 2, 4, 16))):
        place = whims.randrange(4, head)
        kind = whims.randrange(5)
        if kind == 0:
            made[place] ^= 1 << whims.randrange(8)
        elif kind == 1:
            made[place] = whims.choice((0, 1, 127, 128, 255))
        elif kind == 2:
            number = whims.choice((0, 1, 2**31 - 1, 2**32 - 1, 2**63, 2**64 - 1))
            made[place : place + 8] = number.to_bytes(8, "little")
        elif kind == 3:
            other = whims.randrange(4, head)
            made[place : place + 8] = made[other : other + 8]
        else:
            size = whims.randrange(1, 9)
            del made[place : place + size]
            made[place:place] = bytes(size)
    return bytes(made)


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """Load a mutant and ask it; the error, if there was one."""
    folder = tmp_path_factory.mktemp("mutants")
    card = Registry.load().get("tiny-solver-xs")

    def attempt(data, number):
        path = folder / f"{number}.gguf"
        path.write_bytes(data)
        model = None
        try:
            model = LlamaModel(replace(card, path=str(path), sha256=None), Path())
            asyncio.run(model.reply([Message("user", "Hello.")], Sampling(max_tokens=2)))
        except ModelError as error:
            return error
        finally:
            if model is not None:
                asyncio.run(model.close())
            path.unlink()
        return None

    return attempt


def test_a_damaged_head_is_an_error_in_one_line_or_does_no_harm(tried, repository, fuzz_seconds):
    data = (repository / "fixtures" / "models" / "tiny-solver-xs-q8_0.gguf").read_bytes()
    head = data.index(b"blk.0.") + 2_000
    whims = random.Random(2026)
    until, number, errors, deaths = time.monotonic() + fuzz_seconds, 0, 0, 0
    while number < MUTANTS or time.monotonic() < until:
        # Half of them in the first keys, which say how large everything is.
        mutant = mutate(data, whims, head if number % 2 else 1_500)
        error = tried(mutant, number)
        number += 1
        if error is not None:
            errors += 1
            deaths += "died" in str(error)
            assert "\n" not in str(error), str(error)
            assert len(str(error)) < 2_000
    print(f"{number} mutants: {errors} errors, {deaths} of them deaths of a worker")
    assert errors > number / 4
