"""The measured floor on replies that people have labelled; skipped where the data is absent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def measured(shared_data: Path, repository: Path) -> dict[str, Any]:
    if not (shared_data / "responses").is_dir():
        pytest.skip("../shared/data/responses is absent")
    script = repository / "tests" / "benchmarks" / "extraction.py"
    done = subprocess.run(
        [sys.executable, str(script), "--json"], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_agreement_with_people_reaches_the_floor(measured: dict[str, Any]) -> None:
    people = measured["people"]
    rows = people["letter_rows"] + people["number_rows"]
    assert people["agree"] + people["numbers_agree"] >= 0.97 * rows
    assert people["adjudicated_agree"] >= 0.97 * people["letter_rows"]


def test_letters_returned_are_right_on_adjudicated_labels(measured: dict[str, Any]) -> None:
    people = measured["people"]
    assert people["adjudicated_false"] <= 0.005 * people["returned"]
    assert people["letters_on_number_rows"] == 0


def test_raw_figures_do_not_fall_below_what_the_labels_allow(measured: dict[str, Any]) -> None:
    # Seven labels are not what the reply states (extraction.md lists them), so raw 97 % is out of reach.
    people = measured["people"]
    assert people["agree"] >= 216
    assert people["false_letters"] <= 5


def test_boxed_numbers_are_read_as_stored(measured: dict[str, Any]) -> None:
    assert measured["numbers"]["same"] >= 0.99 * measured["numbers"]["rows"]


def test_no_reading_by_eye_finds_a_wrong_letter_of_ours(measured: dict[str, Any]) -> None:
    verdicts = [each["verdicts"] for each in measured["harnesses"].values()]
    assert sum(each.get("both wrong", 0) for each in verdicts) == 0
    assert sum(each.get("harness right", 0) for each in verdicts) <= 1


@pytest.mark.parametrize("half", ["tuned", "unseen"])
@pytest.mark.parametrize("kind", ["single", "multi"])
def test_either_half_of_the_split_stays_where_it_is(
    measured: dict[str, Any], half: str, kind: str
) -> None:
    # Rows that nobody can decide count against the reader here.
    kept = measured["halves"][half][kind]
    assert kept["adjudicated_agree"] >= 0.97 * kept["rows"]
    assert kept["adjudicated_wrong"] <= (2 if half == "tuned" else 0)
    assert kept["wrong"] <= 0.016 * kept["returned"]


def test_no_letter_is_read_where_people_found_none_or_a_number(measured: dict[str, Any]) -> None:
    for half in measured["halves"].values():
        assert half["other"]["returned"] == 0
        assert half["numeric"]["adjudicated_wrong"] == 0


def test_numbers_of_either_half_are_read_as_labelled(measured: dict[str, Any]) -> None:
    for half in measured["halves"].values():
        assert half["numeric"]["agree"] >= 0.95 * half["numeric"]["rows"]
