"""Primary comparisons in a study and its package: what was named beforehand, and what was not."""

from __future__ import annotations

import json
import shutil

import pytest
from report_figures import report_figures
from tampering import change, lines, put, rehash, resum

from cgr_nb.api import Study
from cgr_nb.bundle import export_package
from cgr_nb.bundle.archive import read_archive, write_archive
from cgr_nb.verify import verify_package

ARMS = 'arms = ["cot", "self_consistency"]\n'


def say(folder, *primary):
    """Name primary comparisons in the folder's study file, as a person would."""
    path = folder / "study.toml"
    kept = path.read_text("utf-8").partition("\n[report]")[0]
    path.write_text(f"{kept}\n[report]\nprimary = {json.dumps(primary)}\n", "utf-8")


def run(folder, **settings):
    Study.run(folder, progress=False, **settings).close()


def not_run(study_folder, place):
    """Items and models of a small study with two arms, of which nothing was run."""
    shutil.copytree(study_folder, place)
    for file in place.glob("study.sqlite*"):
        file.unlink()
    text = (place / "study.toml").read_text("utf-8")
    (place / "study.toml").write_text(ARMS + text, "utf-8")
    return place


@pytest.fixture
def folder(study_folder, tmp_path):
    return not_run(study_folder, tmp_path / "study")


def summed(folder):
    with Study.open(folder) as study:
        return study.comparison(resamples=50)


def statements(folder):
    with Study.open(folder) as study:
        page = study.report(folder / "report.html").read_text("utf-8")
    assert report_figures(page)["tables"]
    return page


def test_what_was_named_before_the_first_answer_is_primary(folder):
    say(folder, "cot")
    run(folder)
    found = summed(folder)
    assert found.primary.status == "beforehand"
    assert [line.arm for line in found.lines if line.primary] == ["cot"]
    page = statements(folder)
    assert "pre-specified before the first answer" in page
    assert "secondary" in page


def test_what_is_named_in_sight_of_answers_is_not(folder):
    run(folder, limit=1)
    say(folder, "cot")
    run(folder)
    found = summed(folder)
    assert found.primary.status == "late"
    assert not any(line.primary for line in found.lines)
    assert "specified only after answers had been recorded" in statements(folder)


def test_a_change_after_the_first_answer_is_shown_with_both(folder):
    say(folder, "cot")
    run(folder, limit=1)
    say(folder, "self_consistency")
    run(folder)
    assert summed(folder).primary.status == "changed"
    page = statements(folder)
    assert "changed after the first answer" in page
    assert "before any answer): cot" in page
    assert "answers on record): self_consistency" in page


def test_a_file_that_is_changed_and_not_run_tells_nothing_new(folder):
    say(folder, "cot")
    run(folder)
    say(folder, "self_consistency")
    assert summed(folder).primary.status == "changed"


@pytest.fixture(scope="module")
def named(study_folder, tmp_path_factory):
    """The package of a finished study with a comparison named beforehand."""
    folder = not_run(study_folder, tmp_path_factory.mktemp("named") / "study")
    say(folder, "cot")
    run(folder)
    return export_package(folder, folder / "named.zip")


@pytest.fixture
def members(named):
    return read_archive(named)


def verified(members, tmp_path):
    path = tmp_path / "changed.zip"
    write_archive(members, path)
    return verify_package(path, isolation="limits")


def test_a_package_says_what_was_named_and_verifies(members, tmp_path):
    (said,) = lines(members, "declarations")
    assert (said["primary"], said["answers"]) == (["cot"], 0)
    assert b'primary = [\n    "cot",\n]' in members["study.toml"]
    told = json.loads(members["summary.json"])["comparison"]
    assert told["primary"]["status"] == "beforehand"
    assert verified(members, tmp_path).ok


def test_another_choice_in_the_settings_of_a_package_is_found(members, tmp_path):
    members["study.toml"] = members["study.toml"].replace(
        b'primary = [\n    "cot"', b'primary = [\n    "self_consistency"'
    )
    rehash(members)
    found = verified(members, tmp_path)
    assert any("comparison.primary.status" in problem.where for problem in found.problems)


def test_a_choice_that_is_said_to_be_earlier_changes_numbers(members, tmp_path):
    change(members, "declarations", 0, answers=4)
    rehash(members)
    found = verified(members, tmp_path)
    assert any("comparison.primary" in problem.where for problem in found.problems)


def test_a_declaration_that_is_none_is_named(members, tmp_path):
    put(members, "declarations", [{"created": "then", "answers": "none", "primary": ["cot"]}])
    rehash(members)
    found = verified(members, tmp_path)
    assert any(problem.where == "declarations.jsonl line 1" for problem in found.problems)


def test_curves_are_recomputed_from_the_package(members, tmp_path):
    told = json.loads(members["summary.json"])
    told["comparison"]["curves"][0]["tokens"] += 1
    members["summary.json"] = (json.dumps(told) + "\n").encode()
    rehash(members)
    found = verified(members, tmp_path)
    assert [problem.where for problem in found.problems] == [
        "summary.json comparison.curves[0].tokens"
    ]


def test_durations_change_no_number_of_a_package(members, tmp_path):
    for number in range(len(lines(members, "calls"))):
        change(members, "calls", number, reply=_slower)
    rehash(members)
    assert verified(members, tmp_path).ok
    resum(members)
    rehash(members)
    assert verified(members, tmp_path).ok


def _slower(reply):
    return reply and {**reply, "duration_s": 1_000.0}
