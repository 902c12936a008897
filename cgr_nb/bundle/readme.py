"""`README.md` of a package: the same words in every package, the name of the study apart."""

from __future__ import annotations

__all__ = ["readme"]

_TEXT = """\
# Trace package of the study "{name}"

Everything that the numbers of this study rest on, and no model: the items, the prompts, what every
model was asked and what it replied, the programs that were generated, every run of them step by
step, the rows, the answers of other arms to them, the behavioural audits, people's verdicts, and
the numbers themselves. It was made with Code-Guided
Reasoning (`cgr-nb`).

## Look
Tables are JSON lines: one record a line. Any of them opens with
`pandas.read_json("rows.jsonl", lines=True)`, or in an editor. `data_dictionary.md` tells every
column. Start at `rows.jsonl`: one line for each (item, solver, generator), with three answers: the
solver alone (direct), the solver inside the program (assisted), and the generator's own. Its ids
lead to the calls, the program and the run behind it. A call names what it asked
(`conversations.jsonl`) and the prompt after the chat template (`prompt_texts.jsonl`) by their
hashes: each is there once. `summary.json` holds the numbers, and once
more what items and models came from and under which licence.

## Check
`cgr-nb verify PACKAGE` with Python and cgr-nb, no model and no network needed. It compares hashes
with `manifest.json`, recomputes every id from content, reads every letter again from the recorded
replies, makes every row and every answer of an arm anew and compares it field by field, judges the
probes of every audit again, runs every program again in a sandbox against its recorded replies, and
recomputes every number in `summary.json`. With `--reprobe` it runs every probe again too. Programs
may do otherwise in another Python than the one that ran the study (`python` in `manifest.json`):
where they are not the same the check says so, and names each difference.

Without cgr-nb: `manifest.json` has the SHA-256 of every file; a correct direct answer is a row of
`rows.jsonl` with `direct_status` "answered" and `direct_letter` equal to the one letter of `gold`.

## What checking can not show
That the replies came from the models named. Whoever invents replies and recomputes everything that
follows from them has a package that verifies. Greedy replies (temperature 0) can be asked for again
from the weights with the SHA-256 in `models.jsonl`. Durations, the text of a prompt after the chat
template, token counts of single calls, the words of verdicts and the list of calls that were
superseded and asked again (`redos.jsonl`) are records, not results: they are not recomputed. Nor is
when a study named its primary comparisons (`declarations.jsonl`).
Origins, families and licences are compared with `summary.json` and nothing else.
"""


def readme(name: str) -> str:
    """The text for a study of this name."""
    return _TEXT.format(name=" ".join(name.split()))
