"""The report of a study with arms: controls in the picture, losses taken apart, prompts shown."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from channel_answers import answer_lines, channel_answers, joined
from report_figures import report_figures
from synthetic_rows import study_rows
from test_report_page import HOSTILE, Reader, tables_of

from cgr_nb.analysis.arm_frame import arm_frame
from cgr_nb.analysis.frame import annotate
from cgr_nb.analysis.simultaneous import simultaneous_interval
from cgr_nb.analysis.stats import summarise
from cgr_nb.report import render_report
from cgr_nb.report.comparison import significance
from cgr_nb.report.groups import pairs_by
from cgr_nb.report.headline import headline
from cgr_nb.report.limits import caveats, limits, matched_arms
from cgr_nb.report.losses import losses_by_pair


def answers(rows, arm, letters, **values):
    """One answer a row, with the letters given in turn."""
    given = [letters[place % len(letters)] for place in range(len(rows))]
    return answer_lines(
        rows, arm, letter=given, calls=3, prompt_tokens=30, reply_tokens=6, **values
    )


def frame_of(rows, *others):
    return arm_frame(rows, joined([channel_answers(rows), *others]))


@pytest.fixture(scope="module")
def tables():
    rows = study_rows(per_pair=20)
    cot, vote = answers(rows, "cot", "AB"), answers(rows, "self_consistency", "A")
    frame = frame_of(rows, cot, vote)
    return replace(tables_of(rows), arms=frame, arm_words={"cot": "thinks first"})


@pytest.fixture(scope="module")
def read(tables):
    return Reader(render_report(tables, resamples=100))


def test_every_arm_stands_beside_the_scaffold(read):
    for arm in ("direct", "cot", "self_consistency", "generator_only", "cgr"):
        assert f" {arm} " in read.text
    assert "thinks first" in read.text
    assert "Comparison of arms" in read.text


def test_a_drawing_against_the_solvers_cost_names_the_arms_without_a_place_on_it(read):
    drawn = [facts["aria-label"] for tag, facts in read.elements if tag == "figure"]
    calls, total = (
        next(text for text in drawn if f"against {cost} per item" in text)
        for cost in ("solver calls", "total tokens")
    )
    assert calls.endswith("they call the generator but not the solver: generator_only.")
    assert "generator_only" not in total


def test_the_headline_names_the_vote_and_whether_its_calls_are_matched(read):
    assert re.search(
        r"[Ss]elf-consistency \(self_consistency\) at (a matched call budget|\d+\.\d calls per item)",
        read.text,
    )


def test_controls_are_called_matched_only_where_their_calls_are():
    rows = study_rows(per_pair=6)
    rows["asks"] = 3
    once = answers(rows, "cot", "AB").assign(calls=1)
    frame = frame_of(rows, once, answers(rows, "self_consistency", "A"))
    found = summarise(rows, arms=frame, resamples=10)
    assert matched_arms(found) == (["self_consistency"], ["cot"])
    told = " ".join(limits(found))
    assert (
        "Controls matched to the scaffold in solver calls: self_consistency. Not matched: cot."
        in told
    )


def test_a_study_without_arms_says_that_no_control_stands_beside_it():
    text = Reader(render_report(tables_of(study_rows(per_pair=4)), resamples=10)).text
    assert "no compute-matched control was run" in text
    assert "No control arm was run" in text


def test_a_study_with_arms_does_not_say_so(read):
    assert "no compute-matched control" not in read.text


def with_statuses(status):
    """A study of which arm cot ended in a status on the last ten rows of each pair."""
    rows = study_rows(per_pair=20)
    hard = rows["item_id"].str.split("-").str[-1].astype(int) >= 10
    cot = answers(rows, "cot", "AB")
    cot.loc[hard.to_numpy(), "status"] = status
    cot.loc[hard.to_numpy(), "letter"] = None
    return rows, replace(tables_of(rows), arms=frame_of(rows, cot))


def test_retained_rows_and_rows_that_all_arms_were_asked_are_both_told():
    rows, tables = with_statuses("overflow")
    text = Reader(render_report(tables, resamples=10)).text
    found = summarise(rows, arms=tables.arms, resamples=10)
    assert found.retained != found.comparison.rows
    assert f"All arms are compared on the same {found.comparison.rows:,} rows" in text
    assert f"use {found.retained:,} retained rows" in text
    assert "excluded from the table above" not in text


def test_rows_on_which_an_arm_could_not_be_tried_are_told_with_the_rows_of_each_comparison():
    rows, tables = with_statuses("error")
    text = Reader(render_report(tables, resamples=10)).text
    found = summarise(rows, arms=tables.arms, resamples=10).comparison
    direct, cot = (
        next(line.versus.rows for line in found.lines if line.arm == arm)
        for arm in ("direct", "cot")
    )
    assert found.left_out["cot"] == direct - cot > 0
    assert (
        f"failed for an external reason, are excluded from the table above: cot {direct - cot:,}"
        in text
    )
    assert f"direct {direct:,}; cot {cot:,}" in text


@pytest.mark.parametrize("status", ["overflow", "budget", "unparsed", "of its own"])
def test_how_the_answers_of_each_arm_ended_stands_in_shares_with_their_number(status):
    rows, tables = with_statuses(status)
    figures = report_figures(render_report(tables, resamples=10))["tables"]
    ended = {name: value for name, value in figures.items() if "Answer statuses by arm" in name}
    table = {tuple(name.split(": ")[1].split(" / ")[1:]): value for name, value in ended.items()}
    assert table["cot", "n"] == f"{len(rows):,}"
    assert table["cot", status] == table["cot", "answered"] == "50.0 %"
    # One direct call of twenty does not fit the window.
    assert table["direct", status] == ("5.0 %" if status == "overflow" else "")


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


def summary_of(scaffold, other, rows=60, arm="pal", generator=None):
    """A study of one pair whose scaffold's and other arm's answers (and the generator's, where it
    is told) are right in so many rows of `rows`."""
    frame = study_rows(per_pair=rows)
    first = frame.iloc[0]
    same = frame["dataset"].eq(first["dataset"]) & frame["solver"].eq(first["solver"])
    ours = frame[same].copy().reset_index(drop=True)
    ours["gold"] = [("A",)] * len(ours)
    ours["direct_letter"], ours["direct_status"] = "A", "answered"
    ours["assisted_status"] = "ok"
    ours["assisted_letter"] = ["A" if place < scaffold else "B" for place in range(len(ours))]
    if generator is not None:
        ours["generator_letter"] = ["A" if at < generator else "B" for at in range(len(ours))]
    letters = "".join("A" if place < other else "B" for place in range(len(ours)))
    found = frame_of(ours, answers(ours, arm, letters))
    return summarise(ours, arms=found, resamples=500)


@pytest.mark.parametrize(
    ("scaffold", "vote", "words"),
    [
        (20, 55, "Significantly better than the scaffold: consensus"),
        (30, 30, "Not significantly different from the scaffold: consensus"),
        (55, 20, None),
    ],
)
def test_the_headline_names_the_votes_that_the_scaffold_does_not_beat(scaffold, vote, words):
    text = " ".join(headline(summary_of(scaffold, vote, arm="consensus"), None))
    assert words in text if words else "consensus" not in text
    assert "Best control: the generator's own answer (generator_only)" in text


@pytest.mark.parametrize(
    ("scaffold", "right", "words"),
    [
        (
            20,
            55,
            "scores 91.7 %, significantly more than the scaffold (difference −58.3 pp, 95 % CI",
        ),
        (32, 30, "scores 50.0 %; the scaffold's difference from it, +3.3 pp, is not significant"),
        (55, 20, "scores 33.3 %; the scaffold's advantage over it is +58.3 pp (95 % CI"),
    ],
)
@pytest.mark.parametrize(
    ("arm", "name"),
    [("cot", "chain of thought without a scaffold"), ("pal", "a program without the solver")],
)
def test_the_headline_tells_the_best_control_and_its_difference(arm, name, scaffold, right, words):
    found = summary_of(scaffold, right, arm=arm, generator=0)
    text = " ".join(headline(found, None)).replace("\u00a0", " ")
    assert f"Best control: {name} ({arm}) {words}" in text


def test_the_audits_are_held_against_people(tables):
    programs = sorted(tables.programs["program_id"].unique())
    hard = [id for number, id in enumerate(programs) if number % 7 == 3]
    labels = dict.fromkeys(programs[:14], "clean") | dict.fromkeys(hard[:2], "hard_coded")
    judged = pd.DataFrame(
        {"program_id": id, "rater": "r", "label": label, "note": "", "created": "2026-01-01"}
        for id, label in labels.items()
    )
    text = Reader(render_report(replace(tables, verdicts=judged), resamples=10)).text
    assert "people confirm 2 of 2 (precision 100.0" in text
    assert "the audits flag 2 of 2 (recall 100.0" in text


def test_without_verdicts_nothing_is_held_against_people(read):
    assert "Compared with human verdicts" not in read.text


def test_an_arm_of_which_no_answer_could_be_served_is_a_caveat():
    rows, half = with_statuses("overflow")
    cot = answers(rows, "cot", "AB").assign(status="overflow", letter=None)
    whole = summarise(rows, arms=frame_of(rows, cot), resamples=10)
    said = f"no answer of cot could be served (overflow {len(rows):,})"
    assert any(said in line for line in caveats(whole))
    assert "could be served" not in str(caveats(summarise(rows, arms=half.arms, resamples=10)))


@pytest.mark.parametrize(
    ("error_pp", "said"),
    [(2.0, "minimum detectable effect 5.7 pp"), (50.0, "too few items to detect any effect")],
)
def test_what_is_not_significant_comes_with_what_could_have_been_detected(error_pp, said):
    joint = simultaneous_interval(0.0, error_pp, 40.0, each=0.95, family="all", comparisons=1)
    assert significance(SimpleNamespace(simultaneous=joint)) == said
