"""The extraction band with a read-out: what rescuing an unread reply changes."""

from __future__ import annotations

import pandas as pd
import pytest
from synthetic_rows import frame, row

from cgr_nb.analysis.band import BAND_VARIANTS, NOT_RUN, extraction_band, rescue_note
from cgr_nb.analysis.frame import annotate
from cgr_nb.analysis.pairs import pair_table
from cgr_nb.analysis.stats import summarise
from cgr_nb.errors import CgrError

UNREAD = {"direct_status": "none", "direct_letter": None}
ROWS = frame(row(0), row(1, **UNREAD), row(2, **UNREAD), row(3, direct_letter="B"))


def readouts(**letters):
    """A read-out for each row that is named (r0 ...): its letter, or None where none came."""
    numbers = {f"row-{int(name[1:]):06d}": letter for name, letter in letters.items()}
    return pd.DataFrame(
        {
            "row_id": list(numbers),
            "arm": "readout",
            "letter": list(numbers.values()),
            "correct": [letter == "A" for letter in numbers.values()],
            "retained": True,
        }
    )


def band_of(arms):
    annotated = annotate(ROWS)
    return extraction_band(annotated, pair_table(annotated), arms)


def note_of(arms):
    annotated = annotate(ROWS)
    return rescue_note(annotated, pair_table(annotated), arms)


def test_a_rescued_reply_counts_by_the_letter_that_was_read_out():
    arms = readouts(r0="A", r1="A", r2="B", r3="B")
    rescued = band_of(arms)["direct_failures_rescued"]
    assert rescued["A_b"].tolist() == [2 / 4]
    assert rescued["A_a"].tolist() == [1.0]
    assert rescued["n"].tolist() == [4]


def test_a_reply_that_was_read_is_not_replaced():
    arms = readouts(r0="B", r1=None, r2=None, r3="A")
    assert band_of(arms)["direct_failures_rescued"]["A_b"].tolist() == [1 / 4]


def test_what_can_not_be_rescued_counts_as_wrong():
    assert band_of(readouts(r1=None))["direct_failures_rescued"]["A_b"].tolist() == [1 / 4]


def test_a_read_out_that_failed_for_an_outside_reason_was_not_tried():
    arms = readouts(r1="A", r2="A").assign(retained=[True, False])
    assert (
        note_of(arms) == "read-out gave a letter for 1 of 2 missing direct answers; 1 were not run"
    )


def test_without_a_read_out_the_band_says_so():
    other = readouts(r1="A").assign(arm="cot")
    for arms in (None, other):
        assert "direct_failures_rescued" not in band_of(arms)
        assert note_of(arms) == NOT_RUN


def test_the_summary_has_every_line_also_the_one_that_was_not_run():
    band = {line.name: line for line in summarise(ROWS, resamples=10).band}
    assert list(band) == list(BAND_VARIANTS)
    rescued = band["direct_failures_rescued"]
    assert (rescued.macro, rescued.n_pairs, rescued.note) == (None, 0, NOT_RUN)
    assert band["failures_wrong"].note == ""


def test_two_read_outs_of_a_row_are_refused():
    arms = pd.concat([readouts(r1="A"), readouts(r1="B")])
    with pytest.raises(CgrError, match="more than one read-out") as caught:
        band_of(arms)
    assert caught.value.where == "row 'row-000001'"
