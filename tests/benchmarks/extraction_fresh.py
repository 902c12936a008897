"""Agreement on a file of labelled replies, by single and multi, and by English and others.

    python tests/benchmarks/extraction_fresh.py replies.jsonl           # figures
    python tests/benchmarks/extraction_fresh.py replies.jsonl --show    # and every disagreement

One JSON object a line: `id`, `lang`, `multi`, `options` (letter -> text), `reply`, `letters` (what a
reader finds chosen, in order; empty for no decision, so status "none", "ambiguous" and
"out_of_range" agree with it), `doubtful` (people could differ: told apart, in no figure).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from extraction_unseen import wilson  # noqa: E402

from cgr_nb.answers import EXTRACTION_VERSION, extract  # noqa: E402


def share(part: int, of: int) -> str:
    """Percent, counts and Wilson's interval, as one cell."""
    if not of:
        return "- (0/0)"
    low, high = wilson(part, of)
    return f"{100 * part / of:.1f} % ({part}/{of}; {low:.1f} to {high:.1f})"


def read(row: dict[str, Any]) -> tuple[str, str, str | None]:
    """Letters read, status and rule."""
    found = extract(row["reply"], row["options"], multi=row["multi"])
    letters = "".join(found.letters) if found.status == "answered" else ""
    return letters, found.status, found.rule


def main(path: Path, show: bool) -> None:
    """Print the table, then what differs."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    tables: dict[tuple[str, str], Counter[str]] = {}
    differing = []
    for row in rows:
        letters, status, rule = read(row)
        wanted = "".join(sorted(row["letters"]))
        agrees = letters == wanted
        mode = "multi" if row["multi"] else "single"
        if not agrees:
            differing.append((row, letters or status, rule))
        if row["doubtful"]:
            tables.setdefault((mode, "doubtful"), Counter())["agree"] += agrees
            tables[mode, "doubtful"]["rows"] += 1
            continue
        for part in ("all", "English" if row["lang"] == "en" else "other languages"):
            table = tables.setdefault((mode, part), Counter())
            table["rows"] += 1
            table["agree"] += agrees
            table["returned"] += bool(letters)
            table["wrong"] += bool(letters) and not agrees
            table["no decision"] += not wanted
            table["letter without decision"] += bool(letters) and not wanted
    print(f"extraction version {EXTRACTION_VERSION}, {len(rows)} replies")
    print("| kind | replies | agree | wrong, of returned | letter despite no decision |")
    print("|---|---|---|---|---|")
    for (mode, part), table in sorted(tables.items()):
        if part == "doubtful":
            print(f"| {mode} | doubtful | {table['agree']}/{table['rows']} | | |")
            continue
        print(
            f"| {mode} | {part} | {share(table['agree'], table['rows'])} "
            f"| {share(table['wrong'], table['returned'])} "
            f"| {table['letter without decision']}/{table['no decision']} |"
        )
    for row, said, rule in differing if show else ():
        note = " DOUBTFUL" if row["doubtful"] else ""
        mode = "multi" if row["multi"] else "single"
        print(f"\n## {row['id']} {row['lang']} {mode} ({row.get('kind', '')}){note}")
        print(f"label {row['letters'] or 'none'}, read {said} by {rule}")
        print(row["question"], json.dumps(row["options"], ensure_ascii=False))
        print(row["reply"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("replies", type=Path, help="a .jsonl file")
    parser.add_argument("--show", action="store_true", help="and every disagreement")
    given = parser.parse_args()
    main(given.replies, given.show)
