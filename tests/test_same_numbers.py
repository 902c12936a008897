"""Every number of two studies is what it was when it was put on record: see `same_numbers`."""

from __future__ import annotations

import copy
import shutil

import pytest
from mixed_study import ARMS
from report_figures import report_figures
from same_numbers import differences, make, other_replies, recorded

from cgr_nb.analysis.frame import DIRECT_STATUSES, REASONS


@pytest.fixture(scope="module")
def before():
    return recorded("mixed")


def test_every_number_of_the_mixed_study_is_as_on_record(before, tmp_path):
    found = differences(before, make("mixed", tmp_path / "study"))
    assert not found.changed, str(found)
    assert not found.missing, str(found)


def test_every_number_of_the_demo_study_is_as_on_record(demo_of_three, tmp_path):
    # Its rows are there; what is missing is made.
    shutil.copytree(demo_of_three / "study", tmp_path / "study")
    now, before = make("demo", tmp_path / "study"), recorded("demo")
    if other := other_replies(before, now):
        pytest.skip(f"models compute otherwise on this machine: {len(other)} other replies")
    found = differences(before, now)
    assert not found.changed, str(found)
    assert not found.missing, str(found)


def test_the_mixed_study_holds_all_that_can_happen(before):
    assert {"ok", "no_answer", "invalid_answer", "exception", "timeout", "cpu_limit"} <= _seen(
        before, "rows", "assisted_status"
    )
    assert {"call_limit", "output_limit", "syntax_error", "interface_error", "no_program"} <= _seen(
        before, "rows", "assisted_status"
    )
    assert set(DIRECT_STATUSES) == _seen(before, "rows", "direct_status")
    reasons = _seen(before, "rows, correctness and retention", "reason")
    assert set(REASONS) - reasons == {"execution_error", "no_generator", "one_option"}
    assert len(_seen(before, "rows", "generator")) == len(_seen(before, "rows", "solver")) == 2
    assert _seen(before, "arm answers", "arm") == set(ARMS)
    failed = {line["arm"] for line in before["arm answers"].values() if _failed(line)}
    assert failed == set(ARMS)
    assert {"hard_coded", "fallback_only", "clean", "unsure", "cut"} >= _seen(
        before, "audits", "judgement"
    )
    assert {"clean", "hard_coded", "withdrawn", "unsure"} <= _seen(before, "verdicts", "label")
    assert [redo["audits"] > 0 for redo in before["redos"].values()] == [True, False]
    assert {"independent", "dependent", None} <= _seen(before, "dependence", "verdict")
    for partition in before["summary, partitions"].values():
        assert partition["n_pairs"] > 0
    assert len(before["failures"]) == 2


def test_a_number_that_changed_is_told_by_its_place_and_both_values(before):
    now = copy.deepcopy(before)
    key, line = next(item for item in now["rows"].items() if "asks" in item[1])
    line["asks"] += 1
    found = differences(before, now)
    assert found.changed == (
        f"changed rows | {key} | asks: {line['asks'] - 1} is {line['asks']} now",
    )
    assert (found.missing, found.new) == ((), ())


def test_eleven_digits_of_a_number_count_and_its_type_does_not(before):
    now = copy.deepcopy(before)
    facts = now["summary, partitions"]["all"]
    facts["macro.A_b"] *= 1 + 1e-11
    # As another processor adds.
    facts["detectable_pp"] *= 1 + 1e-14
    facts["n_pairs"] = float(facts["n_pairs"])
    (changed,) = differences(before, now).changed
    assert changed.startswith("changed summary, partitions | all | macro.A_b: ")


def test_what_is_new_is_told_apart_from_what_is_missing(before):
    now = copy.deepcopy(before)
    line = now["rows"][next(key for key in now["rows"] if key != "(lines)")]
    line["a new column"] = "gain"
    del line["direct_rule"]
    del now["costs"]
    now["answers"] = {}
    found = differences(before, now)
    assert found.changed == ()
    assert [text.split(" | ")[-1] for text in found.missing] == ["direct_rule", "missing costs"]
    assert [text.split(" | ")[-1] for text in found.new] == ["a new column", "new answers"]


def test_a_report_is_read_by_tables_and_by_the_numbers_of_its_sentences():
    page = """<ul class="headline"><li>Up 3 pp.</li><li>Of 4.</li></ul><section id="much"><h2>Much</h2>
    <div role="region" aria-label="Rates"><table><caption><span>x</span></caption>
    <tr><th>Part</th><th>Mean</th><th>A</th></tr>
    <tr><th rowspan="2">main</th><th>macro</th><td>1 %</td></tr><tr><th>micro</th><td>2 %</td></tr>
    </table></div><p>It took 1,234 calls of <b>5.5</b> s.</p><svg><text>9</text></svg></section>"""
    assert report_figures(page) == {
        "headline": {"text": "Up 3 pp. Of 4."},
        "tables": {"much: Rates / main macro / A": "1 %", "much: Rates / main micro / A": "2 %"},
        "sentences": {"much: It took # calls of # s.": ["1,234", "5.5"]},
    }


def _seen(numbers, section, name):
    lines = numbers[section].items()
    return {line[name] for key, line in lines if key != "(lines)"}


def _failed(line):
    return line.get("status") in ("error", "overflow", "refused")
