"""Repeats: every arm that samples once more with other seeds, each a whole answer of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from voting_study import by_text, says, vote_on, written

from cgr_nb import Stepper, Study
from cgr_nb.answer_record import arm_of, control_name, repeat_name, split_repeat
from cgr_nb.bundle import export_package
from cgr_nb.bundle.archive import read_archive
from cgr_nb.errors import ConfigError
from cgr_nb.store import Store
from cgr_nb.study import StudyConfig, plan_study
from cgr_nb.study.redo import RedoChoice, redo_study
from cgr_nb.verify import verify_package

THREE = "repeats = 3\n"
ARMS = {
    "cot": {},
    "self_consistency": {},
    "stub_solver": {},
    "consensus": {"k": 2},
    "pal": {},
    "readout": {},
}
SAMPLED = ("cgr", "generator_only", "self_consistency", "stub_solver", "consensus", "pal")
SOURCES = [says("A"), says("B"), says("C"), by_text("x")]


def other_programs(prompt):
    """Another program for each seed, and for each number of a vote."""
    return SOURCES[prompt.request.sampling.seed % len(SOURCES)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repeats")
    vote_on(folder, ARMS, other_programs, more=THREE).close()
    return folder


def answers(folder):
    with Store.open(folder) as store:
        return {answer.arm: answer for answer in store.answers()}


def test_every_arm_that_samples_answers_with_each_seed_and_no_other_does(folder):
    found = answers(folder)
    assert {split_repeat(name) for name in found} == {
        ("direct", 1),
        ("cot", 1),
        ("readout", 1),
        *((arm, number) for arm in SAMPLED for number in (1, 2, 3)),
    }


def test_each_seed_draws_anew_and_greedy_questions_are_asked_once(folder):
    found = answers(folder)
    written = {found[name].calls_of("generator") for name in ("cgr", "cgr#2", "cgr#3")}
    assert len(written) == 3
    drawn = {call for name in found if arm_of(name) == "self_consistency" for call in found[name].calls_of("solver")}  # fmt: skip
    assert len(drawn) == 3
    # What the programs ask is the same greedy question.
    asked = {call for name in ("cgr", "cgr#2", "cgr#3") for call in found[name].calls_of("solver")}
    assert len(asked) <= 1


def test_an_answer_is_given_those_of_its_own_seed(folder):
    found = answers(folder)
    for number in (1, 2, 3):
        row, vote = found[repeat_name("cgr", number)], found[repeat_name("consensus", number)]
        assert vote.trail[0].call == row.trail[0].call
        sampled = found[repeat_name("self_consistency", number)]
        assert sampled.totals.solver_calls == max(1, row.totals.solver_calls)
        believed = found[repeat_name("generator_only", number)]
        assert believed.facts["program_id"] == row.facts["program_id"]


def test_a_study_of_one_seed_keeps_its_answers_when_more_are_asked_for(folder, tmp_path):
    vote_on(tmp_path, ARMS, other_programs).close()
    once = answers(tmp_path)
    assert {name: answer for name, answer in answers(folder).items() if name in once} == once
    vote_on(tmp_path, ARMS, other_programs, more=THREE).close()
    assert answers(tmp_path) == answers(folder)


def test_the_numbers_of_a_study_are_those_of_its_own_seed(folder, tmp_path):
    vote_on(tmp_path, ARMS, other_programs).close()
    with Study.open(folder) as several, Study.open(tmp_path) as one:
        found, alone = (of.summary(resamples=50).to_dict() for of in (several, one))
        # What further seeds add stands beside the numbers and is in none of them.
        spreads = [line.pop("seeds") for line in found["comparison"]["lines"]]
        assert [line.pop("seeds") for line in alone["comparison"]["lines"]] == [None] * len(spreads)
        assert any(spread is not None for spread in spreads)
        assert found == alone
        assert {"cgr#2", "cgr#3"} <= set(several.answers()["arm"])


def test_a_run_of_another_seed_can_be_stepped_through(folder):
    answer = answers(folder)["consensus#3"]
    with Study.open(folder) as study:
        for run in answer.runs:
            assert Stepper(study, run.execution).execution == study.execution(run.execution)


def test_a_package_with_repeats_verifies_and_says_which_answer_is_missing(folder, tmp_path):
    package = export_package(folder, tmp_path / "p.zip")
    found = verify_package(package, isolation="limits")
    assert (found.problems, found.not_rechecked) == ((), ())
    assert found.checked["replayed"] == found.checked["replayed alike"] > 3
    assert b'"cgr#3"' in read_archive(package)["answers.jsonl"]


def test_a_redo_of_an_arm_is_one_of_all_its_seeds(tmp_path):
    vote_on(tmp_path, {"pal": {}}, other_programs, more=THREE).close()
    done = redo_study(tmp_path, RedoChoice(arms=("pal",)), dry_run=True)
    alone = redo_study(tmp_path, RedoChoice(arms=("pal#2",)), dry_run=True)
    assert (sum(done.calls.values()), sum(alone.calls.values())) == (3, 1)


def test_a_redo_of_a_scaffold_takes_out_what_its_seed_was_given(tmp_path):
    silent = [by_text(text) for text in ("2", "x", "y")]

    def programs(prompt):
        return silent[prompt.request.sampling.seed % len(silent)]

    vote_on(tmp_path, ARMS, programs, more=THREE).close()
    redo_study(tmp_path, RedoChoice(arms=("cgr#2",)))
    left = answers(tmp_path)
    gone = {"cgr#2", "generator_only#2", "self_consistency#2", "stub_solver#2", "consensus#2"}
    assert not gone & set(left)
    assert {"cgr", "cgr#3", "consensus", "pal#2"} <= set(left)


def test_the_spread_between_seeds_stands_beside_the_first_in_numbers_and_report(folder, tmp_path):
    with Study.open(folder) as study:
        comparison = study.comparison(resamples=50)
        frame = study.arm_frame(every_seed=True)
        page = study.report(tmp_path / "report.html").read_text("utf-8")
    lines = {line.arm: line for line in comparison.lines}
    assert not any("#" in arm for arm in lines)
    assert lines["cot"].seeds is None
    right = frame.groupby("arm")["correct"].mean()
    seeds = lines["cgr"].seeds
    assert seeds.accuracies == tuple(right[name] for name in ("cgr", "cgr#2", "cgr#3"))
    assert seeds.accuracies[0] == lines["cgr"].accuracy
    assert "Between seeds" in page


def test_a_plan_counts_every_seed(folder):
    with Study.open(folder) as study:
        config = study.config
    purposes = {load.purpose for load in plan_study(config, try_models=False).loads}
    assert {"cgr#2", "consensus", "consensus#3", "self_consistency#2"} <= purposes
    assert "cot#2" not in purposes


def test_one_seed_is_not_written_into_a_study_and_several_are(folder):
    once = StudyConfig.from_dict({"items": {"files": ["a"]}, "models": {"solvers": ["s"]}})
    assert "repeats" not in once.to_toml()
    with Study.open(folder) as study:
        assert "repeats = 3" in study.config.to_toml()


@pytest.mark.parametrize("name", ["cot#2", "cot/stub", "cot/foreign"])
def test_an_arm_can_not_be_called_as_an_answer_of_another_seed_is(name):
    found = {
        "items": {"files": ["a"]},
        "models": {"solvers": ["s"]},
        "arms": [name],
        "arm": {name: {"kind": "cot"}},
    }
    with pytest.raises(ConfigError, match="ends as those of further seeds or of controls do"):
        StudyConfig.from_dict(found)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("cgr", ("cgr", 1)),
        ("cgr#2", ("cgr", 2)),
        ("a#b#12", ("a#b", 12)),
        ("cgr#0", ("cgr#0", 1)),
        ("cgr#02", ("cgr#02", 1)),
        ("#2", ("#2", 1)),
        ("cgr#" + "9" * 5_000, ("cgr#" + "9" * 5_000, 1)),
        ("cgr#²", ("cgr#²", 1)),
    ],
)
def test_a_name_tells_its_arm_and_its_seed(name, parts):
    assert split_repeat(name) == parts


def test_a_name_tells_the_arm_behind_control_and_seed():
    name = repeat_name(control_name("consensus", "stub"), 2)
    assert (name, arm_of(name), arm_of("a/b")) == ("consensus/stub#2", "consensus", "a/b")


KILLER = """
    import os, signal
    from cgr_nb import Study
    from cgr_nb.store import Store

    add, left = Store.add_execution, {runs}

    def kill(self, *record):
        global left
        add(self, *record)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    Store.add_execution = kill
    Study.run({path!r}, progress=False)
"""


@pytest.mark.slow
def test_a_study_killed_five_times_on_the_way_ends_with_the_same_answers(tmp_path):
    arms = {"consensus": {"k": 3, "control": ["stub", "foreign"]}, "code_t": {"k": 3, "twins": 0}}
    items = [
        {"dataset": "d", "question": f"Q {n}?", "options": {"A": "2", "B": "x"}, "gold": "A"}
        for n in range(3)
    ]
    sources = [by_text("2"), by_text("x"), by_text("none")]

    def programs(prompt):
        return sources[prompt.request.sampling.seed % 3]

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    vote_on(whole, arms, programs, more="repeats = 2\n", items=items).close()
    with Store.open(whole) as store:
        runs = len(list(store.programs.runs()))
    # Only written, its programs with it; then run by processes that die.
    written(killed, arms, programs, more="repeats = 2\n", items=items)
    for _ in range(5):
        script = textwrap.dedent(KILLER).format(
            runs=runs // 7, path=os.fspath(killed / "study.toml")
        )
        died = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert died.returncode == -signal.SIGKILL, died.stderr
    Study.run(killed / "study.toml", progress=False).close()
    assert answers(killed) == answers(whole)
    for folder in (whole, killed):
        found = verify_package(export_package(folder, folder / "p.zip"), isolation="limits")
        assert found.problems == ()
