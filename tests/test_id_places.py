"""Ids are found where they stand, whatever they look like."""

from __future__ import annotations

from hashlib import sha256

import pytest

from cgr_nb.util import id_places as module
from cgr_nb.util.id_places import id_places

HASHES = [sha256(str(number).encode()).hexdigest()[:20] for number in range(500)]


@pytest.mark.parametrize(
    "known",
    [
        HASHES,
        [one[:7] for one in HASHES[:9]],
        [one + "x" * 40 for one in HASHES[:9]],
        ["a", "bc", "", "d\0", "d", "\u00e9", "\ud800"],
        ["\0\0", "a\0", "\0a"],
        ["only"],
        [""],
        [],
    ],
)
@pytest.mark.parametrize("others", [(), ("not there",), ("0" * 20,), ("\u20ac" * 20,)])
def test_each_id_is_found_where_it_stands(known, others):
    wanted = [*reversed(known), *others, *known[:3]]
    places = {id: place for place, id in enumerate(known)}
    assert id_places(wanted, known).tolist() == [places.get(id, -1) for id in wanted]
    assert id_places([], known).tolist() == []


@pytest.mark.parametrize("factors", [(0, 0, 0, 0), (1, 0, 0, 0), (1, 1, 1, 1)])
def test_ids_that_are_one_number_are_told_apart(monkeypatch, factors):
    monkeypatch.setattr(module, "FACTORS", factors)
    known = [f"{number:08}" * 2 + "abcd" for number in (1, 2, 3)]
    other = "0" * 7 + "1" + "0" * 7 + "9" + "abcd"
    assert id_places([known[2], other, known[0]], known).tolist() == [2, -1, 0]
    assert id_places([known[0], other], known[:1]).tolist() == [0, -1]
