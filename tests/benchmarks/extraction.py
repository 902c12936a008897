"""Measure `cgr_nb.answers` on recorded model replies: against labels by people, and each harness.

    python tests/benchmarks/extraction.py                     # writes docs/benchmarks/extraction.md
    python tests/benchmarks/extraction.py --json              # the numbers as JSON, writes nothing
    python tests/benchmarks/extraction.py --disagreements 20  # shows replies read differently

Needs `shared/data/responses` beside the checkout; without it the script says so and ends with
code 0. The readings by eye below are of replies, by file and row: what a reader finds stated there,
whatever the right answer may be.
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
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import extraction_unseen as unseen  # noqa: E402

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
LABEL_ERRORS: dict[int, tuple[str, str]] = {
    41: ("CD", "the final answer names (C) and (D); the label kept the first"),
    97: ("none", "the reply ends in a boxed number and names no option anywhere"),
    146: ("ABCD", "each option is called correct, then all of them; the label has A and B"),
    167: ("ABD", "the whole reply is a list of A, B and D; the label dropped D"),
    232: ("B", "option (B) stands in the final box; labelled None"),
    236: ("BC", "the last sentence names (B) and (C); labelled None"),
    257: ("B", "option (B) stands in the final box; labelled None"),
}
"""Row -> (what the reply states, why the label of the person is not that)."""


def _same(reading: str, *rows: int | range) -> dict[int, str]:
    return {row: reading for each in rows for row in (each if isinstance(each, range) else (each,))}


READ_BY_EYE: dict[str, dict[int, str]] = {
    "clinical_ollama_small_models": {
        **_same("none", 9, 41, range(59, 65), 66, 67, range(69, 72), 96, range(187, 191)),
        **_same("none", range(192, 195), 196, 197, 315, 316, 318),
        **{235: "out_of_range", 240: "?", 298: "B"},
    },
    "zero_shot_cot_davinci002": {
        **_same("ambiguous", 94, 96, 98, 99, 103, 104, 106, 107, range(110, 115), 116, 118, 120),
        **_same("ambiguous", 121, 123, 125, 127, 129, 130, 132),
        **{9: "none", 13: "?", 109: "none"},
    },
    "mmlu_pro_small_models": {
        **_same("ambiguous", 30, 32, 34, 35, 37, 126, 128, 129, 130, 134, 139, range(180, 185)),
        **_same(
            "ambiguous", range(230, 235), 236, 238, 276, 277, 287, 299, 329, 331, 334, 336, 366
        ),
        **_same("ambiguous", 404, 441, 442, 445, 492, range(494, 498), 503, 504, range(537, 543)),
        **_same("ambiguous", 581, range(586, 591)),
        **_same("none", range(110, 118), 119, range(121, 126), range(167, 179), 228, 273, 303, 545),
        **_same("none", range(569, 579)),
        **_same("out_of_range", 26, 73, 75, 179, 274, 517, 579),
        **_same("?", 127, 271, 275, 278, 317, 493),
        **{74: "G", 131: "I", 220: "F", 223: "E", 266: "A", 279: "F", 280: "D", 315: "D", 325: "F"},
        **{
            362: "I",
            364: "C",
            365: "A",
            367: "I",
            369: "A",
            371: "A",
            372: "D",
            373: "E",
            375: "A",
        },
        **{
            376: "H",
            377: "I",
            378: "D",
            379: "H",
            380: "D",
            386: "D",
            387: "F",
            388: "F",
            389: "C",
        },
        **{390: "F", 580: "C"},
    },
}
"""File -> row -> what a reader finds: letters, "none", "ambiguous", "out_of_range", or "?" where
readers could differ."""


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
        # For "None" the type of the item is not on record: a letter in either mode is held against us.
        modes = {"single": (False,), "multi": (True,)}.get(kind, (False, True))
        found = [extract(reply, options, multi=multi) for multi in modes]
        shown = next((each for each in found if each.status == "answered"), found[0])
        ours, answered = said(shown), shown.status == "answered"
        wanted = "".join(sorted(set(label))) if kind != "other" else ""
        agree = ours == wanted if wanted else not answered
        right = agree
        if index in LABEL_ERRORS:
            # Several letters for a one-letter item are "ambiguous", by contract.
            truth = LABEL_ERRORS[index][0]
            right = ours == truth or (kind == "single" and len(truth) > 1 and ours == "ambiguous")
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
    if row.get("options"):
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
    result.rules = dict(
        Counter(found.rule or "(none)" for _, _, found, _, _ in compared).most_common()
    )
    return result


def judge(truth: str, ours: str, theirs: str) -> str:
    """Who read the reply as a reader does."""
    if truth == "?":
        return "undecidable"
    if ours == truth:
        return "ours right"
    if theirs == truth or (theirs == "none" and truth in {"ambiguous", "out_of_range"}):
        return "harness right"
    return "both wrong"


@dataclass
class Numbers:
    """Numbers read from boxed answers, against what the harness stored."""

    rows: int = 0
    same: int = 0
    differ: list[list[Any]] = field(default_factory=list)


def measure_numbers() -> Numbers:
    """The file of boxed free answers, as far as the stored prediction is a plain number."""
    result = Numbers()
    for index, row in enumerate(rows_of("math_boxed_qwen")):
        try:
            wanted = float(str(row["harness_pred"]).replace(",", ""))
        except ValueError:
            continue
        result.rows += 1
        number = read_number(row["response"])
        same = number is not None and abs(number - wanted) <= 1e-9 * max(1.0, abs(wanted))
        result.same += same
        if not same:
            result.differ.append([index, row["harness_pred"], number])
    return result


def measure_speed() -> float:
    """Milliseconds for 1,000 replies of the largest file."""
    rows = [(row["response"], options_of(HARNESSES[0], row) or {}) for row in rows_of(HARNESSES[0])]
    begin = time.perf_counter()
    for reply, options in rows:
        extract(reply, options)
    return 1e6 * (time.perf_counter() - begin) / len(rows)


def percent(part: int, whole: int) -> str:
    """A share with its counts."""
    return f"{100 * part / whole:.2f} % ({part}/{whole})" if whole else "- (0/0)"


def table(head: list[str], body: list[list[Any]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in body]
    return "\n".join(lines)


def report(people: People, harnesses: dict[str, Harness], numbers: Numbers) -> str:
    """The measurement as Markdown; holds no timings, so a rerun gives the same text."""
    parts = [
        "# Extraction on recorded replies",
        "Made by `python tests/benchmarks/extraction.py`; do not edit by hand.",
    ]
    parts += unseen.sections()
    parts += ["## Against labels given by people: tuned", PEOPLE_NOTE]
    parts.append(
        table(
            ["", "raw", "adjudicated"],
            [
                [
                    "agreement on rows of letters",
                    percent(people.agree, people.letter_rows),
                    percent(people.adjudicated_agree, people.letter_rows),
                ],
                [
                    "wrong among answers returned",
                    percent(people.false_letters, people.returned),
                    percent(people.adjudicated_false, people.returned),
                ],
                [
                    "agreement on all rows, numbers by `read_number`",
                    percent(
                        people.agree + people.numbers_agree, people.letter_rows + people.number_rows
                    ),
                    "",
                ],
            ],
        )
    )
    parts.append(
        table(["kind of row", "rows", "agree (raw)"], [[k, *v] for k, v in people.by_kind.items()])
    )
    parts.append(
        f"Rows of numbers are out of scope for letters ({people.number_rows} rows; a letter was "
        f"read on {people.letters_on_number_rows}). `read_number` agrees on "
        f"{percent(people.numbers_agree, people.number_rows)}; differs on (row, label, ours): "
        f"{people.numbers_differ}."
    )
    parts.append(
        "Every row on which we and the label differ, and what the reply states when read by eye:"
    )
    shown = [[*row, *LABEL_ERRORS.get(row[0], ("", "not adjudicated"))] for row in people.differ]
    parts.append(table(["row", "kind", "label", "ours", "rule", "by eye", "why"], shown))
    parts.append("## Against each harness's own extraction")
    parts.append(HARNESS_NOTE)
    body = [
        [name, h.rows, h.out_of_scope, percent(h.same, h.rows), h.rows - h.same, h.read]
        + [
            h.verdicts.get(v, 0)
            for v in ("ours right", "harness right", "both wrong", "undecidable")
        ]
        for name, h in harnesses.items()
    ]
    head = ["file", "rows", "not letters", "same", "differ", "read by eye"]
    parts.append(table([*head, "ours right", "harness right", "both wrong", "undecidable"], body))
    kinds = [
        [name, kind, count] for name, h in harnesses.items() for kind, count in h.kinds.items()
    ]
    parts.append(table(["file", "kind of disagreement", "rows"], kinds))
    parts.append("### Rows read by eye")
    for name, readings in READ_BY_EYE.items():
        by_reading: dict[str, list[int]] = {}
        for row, reading in sorted(readings.items()):
            by_reading.setdefault(reading, []).append(row)
        parts.append(
            f"`{name}`: "
            + "; ".join(f"{k}: {', '.join(map(str, v))}" for k, v in by_reading.items())
            + "."
        )
    parts.append("### Which rules fired")
    rules = [
        [name, ", ".join(f"{rule} {n}" for rule, n in h.rules.items())]
        for name, h in harnesses.items()
    ]
    parts.append(
        table(
            ["file", "rules"],
            [[PEOPLE, ", ".join(f"{r} {n}" for r, n in people.rules.items())], *rules],
        )
    )
    parts.append("## Numbers in boxes")
    parts.append(
        "`math_boxed_qwen`: `read_number` gives the stored number on "
        f"{percent(numbers.same, numbers.rows)}; differs on (row, stored, ours): {numbers.differ}."
    )
    return "\n\n".join(parts) + "\n"


PEOPLE_NOTE = (
    "`jeebench_human_extraction`: 99 rows with one letter, 80 with several (read with `multi=True`), "
    "44 labelled None (of unknown type: a letter read in either mode counts as false), 52 numbers. "
    "A label counts as a set of letters. The adjudicated column replaces the label of the rows "
    "listed below by what the reply states; the raw one does not. On rows of one letter, a reply "
    "that states two is `ambiguous` by contract and counts as right only when adjudicated."
)
HARNESS_NOTE = (
    "Agreement with a harness is no quality mark: these files over-sample replies on which "
    "extraction is hard, and some harnesses read the article or any last capital. In "
    "`mmlu_pro_small_models` the stored letter of some rows is a random fill; these count as "
    "differing and were not read. Rows were read for what the reply states, not for what is right; "
    "`?` where readers could differ. Of long replies the last 200 characters or more were read, and "
    "the places where a capital follows within 40 characters of answer, option or choice. The "
    "readings were made by the author of the rules, with both extractions in view. "
    "`openbookqa_local_models` stores no extraction: its 54 replies are all answered here."
)


def show(limit: int) -> None:
    """Print disagreements, shortened, for reading by eye."""
    for name in HARNESSES:
        left = limit
        for index, row, found, ours, theirs in pairs(name):
            if left and ours != theirs:
                left -= 1
                end = row["response"][-160:]
                print(f"{name} {index}: ours {ours} ({found.rule}), harness {theirs}: {end!r}")


def main() -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description="Measure extraction on recorded replies.")
    parser.add_argument("--json", action="store_true", help="print the numbers, write nothing")
    parser.add_argument(
        "--disagreements", type=int, default=0, metavar="N", help="show N replies of each file"
    )
    given = parser.parse_args()
    if not DATA.is_dir():
        print("skipped: ../shared/data/responses is absent, so there are no replies to measure on")
        return 0
    if given.disagreements:
        show(given.disagreements)
        return 0
    people, numbers = measure_people(), measure_numbers()
    harnesses = {name: measure_harness(name) for name in HARNESSES}
    if given.json:
        shown = {name: asdict(each) for name, each in harnesses.items()}
        print(
            json.dumps(
                {
                    "people": asdict(people),
                    "harnesses": shown,
                    "numbers": asdict(numbers),
                    "halves": {
                        half: {
                            kind: asdict(kept) for kind, kept in unseen.measure_half(half).items()
                        }
                        for half in ("tuned", "unseen")
                    },
                    "sets": unseen.measure_sets(),
                }
            )
        )
        return 0
    target = ROOT / "docs" / "benchmarks" / "extraction.md"
    target.write_text(report(people, harnesses, numbers), encoding="utf-8")
    print(f"agreement with people: raw {percent(people.agree, people.letter_rows)}")
    print(f"wrong letters: raw {percent(people.false_letters, people.returned)}")
    right = percent(people.adjudicated_agree, people.letter_rows)
    print(f"adjudicated: {right}, wrong {people.adjudicated_false}")
    print(f"{measure_speed():.0f} ms for 1,000 replies; written: {target.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
