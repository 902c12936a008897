"""The part of `extraction.py` that tells tuned from unseen: replies kept back, and sentences.

    python tests/benchmarks/extraction_unseen.py tuned    # prints every disagreement in full
    python tests/benchmarks/extraction_unseen.py unseen

`jeebench_more` is split by the hash of the reply: rules were made on one half, and measured once on
the other. Every row on which reader and label differ was read, and stands in `READ` with what its
reply states.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from cgr_nb.answers import extract, read_number  # noqa: E402
from cgr_nb.records import Extraction  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "responses"
MORE = "jeebench_more"
SENTENCES = ROOT / "tests" / "answers"
BARE = dict.fromkeys("ABCD", "")

READ: dict[int, tuple[str, str, str]] = {
    4: ("undecidable", "?", "(B) and (C) are called true, then the final answer names (B) alone"),
    84: ("undecidable", "?", "cut while judging (C); on the way (A) is called true, (B) false"),
    230: ("label wrong", "ambiguous", "the final answers are (A), (C) and (D); the label kept one"),
    292: ("reader wrong", "B", "the boxed text is the one that the reply itself lists as (B)"),
    667: ("undecidable", "?", "cut while judging (B); on the way (A) is called true"),
    755: ("label wrong", "ambiguous", "all four are listed as correct; the label kept the first"),
    873: ("undecidable", "?", "the answer is (B) in a box; two more are shown, not named"),
    1004: (
        "undecidable",
        "?",
        "each of the four is named after a value, in brackets; no conclusion",
    ),
}
"""Row -> (whose fault, what the reply states, why), for rows on which label and reader differ."""

AT_FIRST_SIGHT = {
    "sentences": {"read": 88, "with": 90, "none": 89, "without": 90, "other": 0},
    "sentences_kept_back": {"read": 69, "with": 72, "none": 72, "without": 72, "other": 0},
}
"""What the first run of each file gave, before anything was mended for it: sentences with an answer
read, of how many; sentences without one left without a letter, of how many; other letters given."""


def half(reply: str) -> str:
    """The half of `jeebench_more` that a reply belongs to, by its hash alone.

    Rules are made on the "tuned" half; the "unseen" one is measured once, when they are done.
    """
    digit = hashlib.sha256(reply.encode()).hexdigest()[-1]
    return "tuned" if int(digit, 16) % 2 == 0 else "unseen"


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share, in per cent (Wilson 1927)."""
    if not whole:
        return 0.0, 100.0
    z, share = 1.959964, part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    reach = math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    reach *= z / (1 + z * z / whole)
    return 100 * max(0.0, middle - reach), 100 * min(1.0, middle + reach)


def said(found: Extraction) -> str:
    """An extraction in one word: its letters, or its status."""
    return "".join(found.letters) if found.status == "answered" else found.status


@dataclass
class Kept:
    """One kind of row of one half: agreement with the label, raw and adjudicated."""

    rows: int = 0
    agree: int = 0
    returned: int = 0
    wrong: int = 0
    adjudicated_agree: int = 0
    adjudicated_wrong: int = 0
    differ: list[list[Any]] = field(default_factory=list)


def rows_of_half(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Row number and row of one half."""
    with (DATA / f"{MORE}.jsonl").open(encoding="utf-8") as lines:
        for index, line in enumerate(lines):
            row = json.loads(line)
            if half(row["response"]) == name:
                yield index, row


def measure_half(name: str) -> dict[str, Kept]:
    """Kind of row -> agreement. Rows without a label ("other") are read in either mode."""
    result = {kind: Kept() for kind in ("single", "multi", "other", "numeric")}
    for index, row in rows_of_half(name):
        kept = result[row["selection"]]
        kept.rows += 1
        if row["selection"] == "numeric":
            _number(kept, index, row)
            continue
        modes = {"single": (False,), "multi": (True,)}.get(row["selection"], (False, True))
        found = [extract(row["response"], BARE, multi=multi) for multi in modes]
        shown = next((each for each in found if each.status == "answered"), found[0])
        ours, answered = said(shown), shown.status == "answered"
        wanted = "".join(sorted(set(row["human_extract"]))) if len(modes) == 1 else ""
        agree = ours == wanted if wanted else not answered
        right = agree or (index in READ and ours == READ[index][1])
        kept.agree += agree
        kept.returned += answered
        kept.wrong += answered and not agree
        kept.adjudicated_agree += right
        kept.adjudicated_wrong += answered and not right
        if not agree:
            kept.differ.append([index, row["selection"], row["human_extract"], ours, shown.rule])
    return result


def _number(kept: Kept, index: int, row: dict[str, Any]) -> None:
    number = read_number(row["response"])
    wanted = float(row["human_extract"].replace(",", ""))
    agree = number is not None and abs(number - wanted) <= 0.0051
    kept.agree += agree
    kept.returned += number is not None
    kept.wrong += number is not None and not agree
    if not agree:
        kept.differ.append([index, row["human_extract"], number])
    letters = [extract(row["response"], BARE, multi=multi) for multi in (False, True)]
    kept.adjudicated_wrong += any(each.status == "answered" for each in letters)


def measure_sentences(name: str) -> dict[str, dict[str, int]]:
    """Language -> how many sentences with an answer are read, and how many without one are left
    alone."""
    tables = tomllib.loads((SENTENCES / f"{name}.toml").read_text(encoding="utf-8"))
    result = {}
    for language, table in tables.items():
        chosen = [(extract(reply, BARE).letter, letter) for reply, letter in table["chooses"]]
        none = [extract(reply, BARE).letter for reply in table["chooses_none"]]
        result[language] = {
            "read": sum(got == wanted for got, wanted in chosen),
            "with": len(chosen),
            "none": sum(got is None for got in none),
            "without": len(none),
            "other": sum(got not in {None, wanted} for got, wanted in chosen),
        }
    return result


def main() -> int:
    """Print what one half gives, with every reply that is read otherwise than labelled."""
    name = sys.argv[1] if len(sys.argv) > 1 else "tuned"
    result = measure_half(name)
    rows = dict(rows_of_half(name))
    for kind, kept in result.items():
        for index, *rest in kept.differ:
            print(f"##### {index} {kind} {rest}\n{rows[index]['response']}\n")
    for kind, kept in result.items():
        print(kind, {key: value for key, value in vars(kept).items() if key != "differ"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
