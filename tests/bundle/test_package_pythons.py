"""A package says which Python ran the study, and its check says so where it is another."""

from __future__ import annotations

import json
import platform

import pytest
from tampering import change, find, put_manifest, rehash, rerow, resum

from cgr_nb.bundle.archive import write_archive
from cgr_nb.verify import verify_package

OLD = "3.2.1"


def of_python(members, version):
    put_manifest(members, {**json.loads(members["manifest.json"]), "python": version})


def changed_run(members, run_name, answer_name, value):
    """Change a run, its answer and its row alike, so that only a replay can tell."""
    number = find(
        members, "answers", lambda answer: (answer["arm"], answer["status"]) == ("cgr", "ok")
    )
    told = [value] if answer_name == "letters" else value
    id = change(members, "answers", number, **{answer_name: told})["runs"][-1]["execution"]
    run = find(members, "executions", lambda run: run["id"] == id)
    change(members, "executions", run, **{run_name: value})
    rerow(members)
    resum(members)
    return id


def checked(members, tmp_path):
    rehash(members)
    path = write_archive(members, tmp_path / "p.zip")
    return verify_package(path, isolation="limits")


def test_the_manifest_names_the_python_that_ran_the_study(members):
    assert json.loads(members["manifest.json"])["python"] == platform.python_version()


def test_the_same_python_is_no_note(package):
    found = verify_package(package, isolation="limits")
    assert [note for note in found.notes if "Python" in note.what] == []


@pytest.mark.parametrize("version", [OLD, ""])
def test_another_python_is_a_note_that_names_both(version, members, tmp_path):
    of_python(members, version)
    found = checked(members, tmp_path)
    assert found.ok
    (note,) = [note for note in found.notes if "Python" in note.what]
    assert platform.python_version() in note.what
    assert (version or "not known") in note.what


def test_words_that_another_python_may_choose_are_each_told_as_a_note(members, tmp_path):
    of_python(members, OLD)
    id = changed_run(members, "detail", "detail", "all well")
    found = checked(members, tmp_path)
    assert found.ok
    (note,) = [note for note in found.notes if id in note.where]
    assert "detail is 'all well'" in note.what
    assert OLD in note.what


def test_another_answer_is_a_problem_that_names_both_pythons(members, tmp_path):
    of_python(members, OLD)
    id = changed_run(members, "solver_answer", "letters", "B")
    found = checked(members, tmp_path)
    (problem,) = [problem for problem in found.problems if id in problem.where]
    assert OLD in problem.what
    assert platform.python_version() in problem.what
