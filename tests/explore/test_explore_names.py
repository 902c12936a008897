"""What a person names, and what is printed of what was read."""

from __future__ import annotations

import numpy as np
import pytest

from cgr_nb import Study, read_items
from cgr_nb.errors import CgrError
from cgr_nb.explore.run_records import find_run


@pytest.fixture(scope="module")
def study(demo_of_three):
    with Study.open(demo_of_three / "study") as opened:
        yield opened


def test_a_run_is_named_by_number_id_execution_or_line(study):
    rows = study.rows()
    line = rows[rows["execution_id"].notna()].iloc[0]
    number = int(line.name)
    for name in (number, np.int64(number), line["id"], line["execution_id"], line, line.to_dict()):
        assert find_run(study.store, name).row.id == line["id"]


@pytest.mark.parametrize("name", [None, 1.5, ["a"]])
def test_what_names_no_run_is_refused_in_one_line(study, name):
    with pytest.raises(CgrError, match="given by its number, its id, or a line"):
        find_run(study.store, name)


def test_a_printed_summary_is_short_and_equal_to_itself(study):
    summary = study.summary()
    said = str(summary)
    assert summary.main.n_pairs
    assert f"{summary.retained:,} of {summary.rows:,} rows retained" in said
    assert f"direct {summary.told.macro.A_b:.1%}, assisted {summary.told.macro.A_a:.1%}" in said
    assert len(said.splitlines()) <= 6
    assert max(map(len, said.splitlines())) < 140
    assert summary == study.summary()
    assert summary != study.summary(seed=1)
    assert summary != said


def test_a_printed_set_of_items_tells_counts_reasons_and_missing_answers(tmp_path):
    file = tmp_path / "exam.csv"
    file.write_text("question,A,B,answer\n1 + 1?,2,3,A\n1 + 2?,3,4,\n1 + 3?,4,5,Z\n")
    said = str(read_items(file))
    assert "items of 3 rows" in said
    assert "rejected" in said
    nothing = tmp_path / "blind.csv"
    nothing.write_text("question,A,B\n1 + 1?,2,3\n1 + 2?,3,4\n")
    read = read_items(nothing, gold="none")
    assert "NO KNOWN ANSWER: 2 items can be asked, but never scored" in str(read)
