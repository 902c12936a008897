"""Measure `cgr_nb.answers` on recorded model replies: against labels by people, and against each harness.

    python tests/benchmarks/extraction.py                     # writes extraction.md beside this file
    python tests/benchmarks/extraction.py --json              # the same numbers as JSON, nothing written
    python tests/benchmarks/extraction.py --disagreements 20  # shows replies on which we and the harness differ

Needs `shared/data/responses` beside the checkout; without it the script says so and ends with code 0. The readings by
eye below are of replies, by file and row: what a reader finds stated there, whatever the right answer may be.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from cgr_nb.answers import extract, read_number  # noqa: E402
from cgr_nb.records import Extraction  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "responses"
PEOPLE = "jeebench_human_extraction"
HARNESSES = (
    "mmlu_pro_small_models",
    "clinical_ollama_small_models",
    "medqa2026_base_models",
    "zero_shot_cot_davinci002",
    "data_mixture_error_cases",
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

PEOPLE_ERR: dict[int, tuple[str, str]] = {
    41: ("CD", "the final answer names (C) and (D); the label kept the first"),
    97: ("none", "the reply ends in a boxed number and names no option anywhere"),
    146: ("ABCD", "each option is called correct, then all of them; the label has A and B"),
    167: ("ABD", "the whole reply is a list of A, B and D; the label dropped D"),
    232: ("B", "option (B) stands in the final box; labelled None"),
    236: ("BC", "the last sentence names (B) and (C); labelled None"),
    257: ("B", "option (B) stands in the final box; labelled None"),
}
"""Row -> (what the reply states, why the label of the person is not that)."""

READ_BY_EYE: dict[str, dict[int, str]] = {}
"""File -> row -> what a reader finds: letters, "none", "ambiguous", "out_of_range", or "?" where readers could differ."""


@dataclass
class People:
    """Agreement with labels given by people."""

    letter_rows: int = 0
    agree: int = 0
    returned: int = 0
    false_letters: int = 0
    adjudicated_agree: int = 0
    adjudicated_false: int = 0
    number_rows: int = 0
    numbers_agree: int = 0
    letters_on_number_rows: int = 0
    by_kind: dict[str, list[int]] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    differ: list[list[Any]] = field(default_factory=list)
    numbers_differ: list[list[Any]] = field(default_factory=list)


@dataclass
class Harness:
    """Agreement with what another project's extractor stored."""

    rows: int = 0
    out_of_scope: int = 0
    same: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    read: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)


def rows_of(name: str) -> list[dict[str, Any]]:
    """All rows of one file of replies."""
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def said(found: Extraction) -> str:
    """An extraction in one word: its letters, or its status."""
    return "".join(found.letters) if found.status == "answered" else found.status


def measure_people() -> People:
    """Read the human-labelled file: rows of letters, and apart from them rows of numbers."""
    result, options = People(), dict.fromkeys("ABCD", "")
    rules: Counter[str] = Counter()
    for index, row in enumerate(rows_of(PEOPLE)):
        label, reply, kind = row["human_extract"], row["response"], row["selection"]
        if kind == "numeric":
            result.number_rows += 1
            result.letters_on_number_rows += extract(reply, options).status == "answered"
            number = read_number(reply)
            close = number is not None and abs(number - float(label)) <= 0.0051
            result.numbers_agree += close
            if not close:
                result.numbers_differ.append([index, label, number])
            continue
        result.letter_rows += 1
        # For "None" the type of the item is not on record: a letter in either mode counts against us.
        modes = {"single": (False,), "multi": (True,)}.get(kind, (False, True))
        found = [extract(reply, options, multi=multi) for multi in modes]
        shown = next((each for each in found if each.status == "answered"), found[0])
        ours = said(shown)
        wanted = "".join(sorted(set(label))) if kind != "other" else ""
        agree = ours == wanted if wanted else shown.status != "answered"
        answered = shown.status == "answered"
        truth = PEOPLE_ERR[index][0] if index in PEOPLE_ERR else None
        # Several letters under a one-letter item are "ambiguous" here, by contract.
        right = agree if truth is None else ours in {truth, "ambiguous" if kind == "single" else truth}
        result.agree += agree
        result.returned += answered
        result.false_letters += answered and not agree
        result.adjudicated_agree += right
        result.adjudicated_false += answered and not right
        rules[shown.rule or "(none)"] += 1
        tally = result.by_kind.setdefault(kind, [0, 0])
        tally[0] += 1
        tally[1] += agree
        if not agree:
            result.differ.append([index, kind, label, ours, shown.rule])
    result.rules = dict(rules.most_common())
    return result


def options_of(name: str, row: dict[str, Any]) -> dict[str, str] | None:
    """Letter -> text as far as the row tells; None when it is not a question of letters."""
    if row["options"] if "options" in row else None:
        return dict(zip(LETTERS, row["options"], strict=False))
    count = row.get("options_count")
    if name == "medqa2026_base_models":
        count = 4
    if name == "data_mixture_error_cases" and count is None:
        letters = set(str(row["harness_pred"]).replace(",", "").replace(" ", ""))
        return dict.fromkeys("ABCDEFGHIJ", "") if letters and letters <= set("ABCDEFGHIJ") else None
    return dict.fromkeys(LETTERS[:count], "") if count else None


def harness_letter(row: dict[str, Any], options: dict[str, str]) -> str:
    """What the harness stored, as letters; words are turned into the letter of that option."""
    stored = row["harness_pred"]
    if stored is None:
        return "none"
    by_word = {text.casefold(): letter for letter, text in options.items() if text}
    return by_word.get(str(stored).casefold(), str(stored).replace(",", "").replace(" ", ""))


def kind_of(row: dict[str, Any], ours: str, theirs: str) -> str:
    """The kind of a disagreement."""
    mine = ours if ours in {"none", "ambiguous", "out_of_range"} else "a letter"
    other = "none" if theirs == "none" else "a letter"
    if row.get("harness_pred_is_random_fill"):
        other = "a random fill"
    if mine == other == "a letter":
        return "different letters"
    return f"ours {mine}, harness {other}"


def pairs(name: str) -> list[tuple[int, dict[str, Any], Extraction, str, str]]:
    """Row number, row, our extraction in full and in a word, the harness's word."""
    result = []
    for index, row in enumerate(rows_of(name)):
        options = options_of(name, row)
        if options is None:
            continue
        theirs = harness_letter(row, options)
        several = len(theirs) > 1 and theirs != "none"
        found = extract(row["response"], options, multi=several)
        result.append((index, row, found, said(found), theirs))
    return result


def measure_harness(name: str) -> Harness:
    """Compare with the stored extraction of one file."""
    compared = pairs(name)
    result = Harness(rows=len(compared), out_of_scope=len(rows_of(name)) - len(compared))
    kinds: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    eye = READ_BY_EYE.get(name, {})
    for index, row, _, ours, theirs in compared:
        fill = bool(row.get("harness_pred_is_random_fill"))
        same = ours == theirs and not fill
        result.same += same
        if same:
            continue
        kinds[kind_of(row, ours, theirs)] += 1
        if index in eye:
            result.read += 1
            verdicts[judge(eye[index], ours, theirs)] += 1
    result.kinds = dict(kinds.most_common())
    result.verdicts = dict(verdicts.most_common())
    result.statuses = dict(Counter(found.status for _, _, found, _, _ in compared).most_common())
    result.rules = dict(Counter(found.rule or "(none)" for _, _, found, _, _ in compared).most_common())
    return result


def judge(truth: str, ours: str, theirs: str) -> str:
    """Who read the reply as a reader does. Not answering where nothing can be read is one reading for both."""
    if truth == "?":
        return "undecidable"
    if ours == truth:
        return "ours right"
    if theirs == truth or (theirs == "none" and truth in {"ambiguous", "out_of_range"}):
        return "harness right"
    return "both wrong"


if __name__ == "__main__":
    if "--disagreements" in sys.argv:
        pass
