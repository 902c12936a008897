"""A study without a generator is told by what each of its arms scores, over all its rows."""

from __future__ import annotations

import pandas as pd
import pytest
from synthetic_rows import frame, row

from cgr_nb.analysis.arm_frame import arm_frame
from cgr_nb.analysis.arms_alone import arms_alone
from cgr_nb.analysis.frame import annotate
from cgr_nb.analysis.stats import summarise
from cgr_nb.report.alone import alone_headline, alone_lines, alone_pairs

NOT_ASSISTED = {
    "generator": None,
    "assisted_letter": None,
    "assisted_status": None,
    "generator_letter": None,
    "scaffold_id": None,
    "program_id": None,
    "options": "ABCD",
}


def alone(number: int, letter: str | None = "A", **changes: object) -> dict[str, object]:
    status = "answered" if letter else "none"
    return row(number, direct_letter=letter, direct_status=status, **NOT_ASSISTED, **changes)


def rows(*lines: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(lines))


HALF = rows(*(alone(number, "A" if number % 2 else "B") for number in range(40)))


def test_the_direct_answers_of_every_row_are_told_with_interval_number_and_statuses():
    (one,) = arms_alone(annotate(HALF), resamples=200)
    assert (one.arm, one.accuracy, one.rows, one.items) == ("direct", 0.5, 40, 40)
    assert one.interval.low_pp < 50 < one.interval.high_pp
    assert one.statuses == {"answered": 40}
    assert one.level.chance == 0.25
    text = " ".join(alone_headline([one])).replace("\u00a0", " ")
    assert "Direct: 50.0 % macro accuracy (95 % CI" in text
    assert "on 40 rows of 40 items. Statuses: answered 40. Chance is 25.0 %" in text


def test_a_pair_without_a_right_answer_is_in_the_accuracy():
    poor = rows(*(alone(number, "B", dataset="medqa") for number in range(40, 80)))
    (one,) = arms_alone(annotate(pd.concat([HALF, poor], ignore_index=True)), resamples=50)
    assert one.accuracy == 0.25
    assert [pair.accuracy for pair in one.pairs] == [0.5, 0.0]


def test_answers_that_cannot_be_read_are_wrong_and_failed_calls_and_unknown_gold_are_left_out():
    lines = [alone(0), alone(1, None), alone(2, gold=None)]
    lines.append(alone(3) | {"direct_status": "error", "direct_letter": None})
    (one,) = arms_alone(annotate(rows(*lines)), resamples=50)
    assert (one.rows, one.accuracy) == (2, 0.5)
    assert one.statuses == {"answered": 2, "none": 1, "error": 1}


def answers(given: pd.DataFrame, arm: str, letter: str) -> pd.DataFrame:
    spent = dict.fromkeys(
        ("prompt_tokens", "reply_tokens", "generator_calls", "generator_tokens"), 0
    )
    return pd.DataFrame(
        {
            "row_id": given["id"],
            "arm": arm,
            "answer_id": [f"{arm}-{id}" for id in given["id"]],
            "letter": letter,
            "status": "answered",
            "calls": 1,
            **spent,
        }
    )


def test_every_arm_stands_in_the_lines_and_beside_the_others_in_each_pair():
    arms = arm_frame(HALF, pd.concat([answers(HALF, "direct", "B"), answers(HALF, "cot", "A")]))
    found = arms_alone(annotate(HALF), arms, resamples=50)
    assert [(one.arm, one.accuracy) for one in found] == [("direct", 0.0), ("cot", 1.0)]
    assert [line["arm"] for line in alone_lines(found)] == ["direct", "cot"]
    (pair,) = alone_pairs(found)
    assert pair["arms"] == {"direct": 0.0, "cot": 1.0}
    assert pair["rows"] == 40


def test_the_arms_are_compared_over_all_pairs_where_nothing_is_assisted():
    poor = rows(*(alone(number, "B", dataset="medqa") for number in range(40, 80)))
    both = pd.concat([HALF, poor], ignore_index=True)
    arms = arm_frame(both, pd.concat([answers(both, "direct", "A"), answers(both, "cot", "A")]))
    compared = summarise(both, arms=arms, resamples=50).comparison
    assert (compared.partition, compared.rows) == ("all", 80)


@pytest.mark.parametrize("given", [frame(), frame(row(0), row(1))])
def test_of_any_other_study_it_tells_nothing(given):
    assert arms_alone(annotate(given), resamples=50) == ()
    assert "No row can be scored" in alone_headline(())[1]
