"""Static audits of a study are kept in its store, by program and by version of the audit."""

from __future__ import annotations

import pytest
from made_rows import raw_sql

from cgr_nb.audit import check_program
from cgr_nb.audit.findings import audits_of
from cgr_nb.audit.static_kept import audit_version, keep_audits, kept_audits, known_audits
from cgr_nb.store import Store

LITERAL = 'GENERATOR_ANSWER = "A"\n\ndef solve(item, ask):\n    return GENERATOR_ANSWER\n'
ASKING = 'def solve(item, ask):\n    return ask("Which?")\n'
BROKEN = "def solve(item, ask:\n"
PROGRAMS = (("a", LITERAL), ("b", ASKING), ("c", BROKEN))


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "study") as made:
        yield made


def test_what_is_kept_is_what_was_found(store):
    due = {id: check_program(source) for id, source in PROGRAMS}
    assert known_audits(store, PROGRAMS) == due
    assert kept_audits(store) == due
    with Store.open(store.path.parent) as other:
        # Nobody reads the programs again: these have other sources.
        assert known_audits(other, [(id, BROKEN) for id, _ in PROGRAMS]) == due


def test_audits_of_another_version_are_made_anew_and_forgotten(store):
    known_audits(store, PROGRAMS)
    raw_sql(store, "UPDATE static_audits SET version = 'older'")
    assert kept_audits(store) == {}
    assert known_audits(store, PROGRAMS[:1]) == {"a": check_program(LITERAL)}
    assert list(kept_audits(store)) == ["a"]


@pytest.mark.parametrize("text", ["", "no JSON", "{}", '{"hard_coded": "perhaps"}', "[" * 9000])
def test_what_is_no_audit_is_made_anew(text, store):
    known_audits(store, PROGRAMS)
    raw_sql(store, "UPDATE static_audits SET audit = ? WHERE program_id = 'b'", text)
    assert set(kept_audits(store)) == {"a", "c"}
    assert known_audits(store, PROGRAMS)["b"] == check_program(ASKING)


def test_while_a_moment_is_read_nothing_is_written(store):
    with store.snapshot():
        assert set(known_audits(store, PROGRAMS)) == {"a", "b", "c"}
    assert kept_audits(store) == {}


def test_audits_of_a_study_are_the_same_from_its_store(store):
    first = audits_of(store)
    assert audits_of(store).equals(first)
    keep_audits(store, {})
    assert len(audit_version()) == 20
