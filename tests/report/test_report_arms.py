"""The report of a study with arms: controls in the picture, losses taken apart, prompts shown."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pandas as pd
import pytest
from synthetic_rows import study_rows
from test_report_page import HOSTILE, Reader, tables_of

from cgr_nb.analysis.arm_frame import arm_frame
from cgr_nb.analysis.frame import annotate
from cgr_nb.analysis.stats import summarise
from cgr_nb.records import ArmAnswer
from cgr_nb.report import render_report
from cgr_nb.report.groups import pairs_by
from cgr_nb.report.losses import losses_by_pair
from cgr_nb.report.words import headline


def answers(rows, arm, letters):
    """One answer a row, with the letters given in turn."""
    fields = [field.name for field in dataclasses.fields(ArmAnswer)]
    lines = [
        ArmAnswer(
            id=f"{arm}-{place}", row_id=id, arm=arm, letter=letters[place % len(letters)],
            status="answered", detail="", calls=3, prompt_tokens=30, reply_tokens=6,
            generator_calls=0, generator_tokens=0, call_ids=(), program_id=None, execution_id=None,
        )
        for place, id in enumerate(rows["id"])
    ]  # fmt: skip
    return pd.DataFrame([dataclasses.asdict(line) for line in lines], columns=fields)


@pytest.fixture(scope="module")
def tables():
    rows = study_rows(per_pair=20)
    made = tables_of(rows)
    found = pd.concat([answers(rows, "cot", "AB"), answers(rows, "self_consistency", "A")])
    programs = pd.DataFrame({"id": rows["scaffold_id"], "call_id": "none"})
    frame = arm_frame(rows, found, programs, made.calls)
    return replace(made, arms=frame, arm_words={"cot": "thinks first"})


@pytest.fixture(scope="module")
def read(tables):
    return Reader(render_report(tables, resamples=100))


def test_every_arm_stands_beside_the_scaffold(read):
    for arm in ("direct", "cot", "self_consistency", "generator_only", "cgr"):
        assert f" {arm} " in read.text
    assert "thinks first" in read.text
    assert "Is it the program, or only the effort?" in read.text


def test_the_headline_names_the_vote_with_the_same_calls(read):
    assert "with as many calls but no program, a vote reaches" in read.text


def test_a_study_without_arms_says_that_no_control_stands_beside_it():
    text = Reader(render_report(tables_of(study_rows(per_pair=4)), resamples=10)).text
    assert "no budget-matched control stands beside them here" in text
    assert "No control arm was run" in text


def test_a_study_with_arms_does_not_say_so(read):
    assert "no budget-matched control" not in read.text


def test_what_is_absent_is_named(tables):
    page = render_report(replace(tables, absent=["dataset MedQA: not fetched"]), resamples=10)
    assert "dataset MedQA: not fetched" in page


def test_prompts_are_shown_as_text(tables):
    prompt = {"profile": "full", "name": "direct", "version": 1, "hash": "ab" * 32, "text": HOSTILE}
    page = render_report(replace(tables, prompts=[prompt]), resamples=10)
    assert "script" not in Reader(page).tags()
    assert "alert(1)" in Reader(page).text


def test_losses_are_told_apart_and_add_up(tables):
    frame = annotate(tables.rows)
    pairs = frame[["dataset", "config", "solver", "generator"]].drop_duplicates()
    pairs = pairs.assign(label=[f"pair {number}" for number in range(len(pairs))])
    first, *others = losses_by_pair(frame, pairs)
    assert first["losses"] == sum(line["losses"] for line in others) > 0
    for line in (first, *others):
        assert line["losses"] == line["wrong"] + line["none"] + line["stopped"]
        assert line["believed"] <= line["losses"]


def test_groups_are_means_over_their_pairs():
    pairs = pd.DataFrame(
        {
            "solver": ["s", "s", "t", "t"],
            "dataset": ["d", "e", "d", "e"],
            "A_b": [0.2, 0.4, 0.1, 0.1],
            "A_a": [0.6, 0.2, 0.1, 0.3],
            "A_g": [0.0, 0.0, 0.0, 0.0],
            "difference_pp": [40.0, -20.0, 0.0, 20.0],
        }
    )
    (first, second) = pairs_by(pairs, "solver")
    assert (first["name"], second["name"]) == ("s", "t")
    assert first["A_b"] == pytest.approx(0.3)
    assert (first["difference_pp"], first["pairs"], first["worse"]) == (10.0, 2, 1)
    assert pairs_by(pairs[pairs["solver"] == "s"], "solver") == []
    assert pairs_by(pairs[pairs["solver"] == "s"], "dataset") == []


def summary_of(scaffold, pal, rows=60):
    """A study of one pair whose scaffold and pal answers are right in so many rows of `rows`."""
    frame = study_rows(per_pair=rows)
    first = frame.iloc[0]
    same = frame["dataset"].eq(first["dataset"]) & frame["solver"].eq(first["solver"])
    ours = frame[same].copy().reset_index(drop=True)
    ours["gold"] = [("A",)] * len(ours)
    ours["direct_letter"], ours["direct_status"] = "A", "answered"
    ours["assisted_status"] = "ok"
    ours["assisted_letter"] = ["A" if place < scaffold else "B" for place in range(len(ours))]
    letters = "".join("A" if place < pal else "B" for place in range(len(ours)))
    programs = pd.DataFrame({"id": ours["scaffold_id"], "call_id": "none"})
    found = arm_frame(ours, answers(ours, "pal", letters), programs, tables_of(ours).calls)
    return summarise(ours, arms=found, resamples=500)


@pytest.mark.parametrize(
    ("scaffold", "pal", "words"),
    [
        (20, 55, "arm pal does better than the scaffold"),
        (30, 30, "can't be told from it"),
        (55, 20, None),
    ],
)
def test_the_headline_names_the_arms_that_the_scaffold_does_not_beat(scaffold, pal, words):
    text = headline(summary_of(scaffold, pal), None)
    assert words in text if words else "arm pal" not in text


def test_the_audits_are_held_against_people(tables):
    programs = sorted(tables.programs["program_id"].unique())
    hard = [id for number, id in enumerate(programs) if number % 7 == 3]
    labels = dict.fromkeys(programs[:14], "clean") | dict.fromkeys(hard[:2], "hard_coded")
    judged = pd.DataFrame(
        {"program_id": id, "rater": "r", "label": label, "note": "", "created": "2026-01-01"}
        for id, label in labels.items()
    )
    text = Reader(render_report(replace(tables, verdicts=judged), resamples=10)).text
    assert "people call 2 of 2 so (precision 100.0" in text
    assert "the audits find 2 of 2 (recall 100.0" in text


def test_without_verdicts_nothing_is_held_against_people(read):
    assert "Held against people" not in read.text
