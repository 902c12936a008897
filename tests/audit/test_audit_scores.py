"""Programs that decide by scores are audited as those that decide by words."""

from __future__ import annotations

import pytest

from cgr_nb import check_program, depends_on_solver
from cgr_nb.records import Item

ITEM = Item("i", "d", "c", "Which?", {"A": "wool", "B": "milk and cheese", "C": "honey"}, None)
HEAD = 'GENERATOR_ANSWER = "B"\nDIFFICULTY = "easy"\n\ndef solve(item, ask):\n'
ASK = '    reply = ask(item["question"], choices=list(item["options"].values()), scores=True)\n'
BY_SUM = """    best = max(reply.scores, key=reply.scores.get)
    return next(letter for letter, text in item["options"].items() if text == best)
"""
BY_BYTE = """    share = {letter: reply.scores[text] / len(text.encode())
             for letter, text in item["options"].items()}
    return max(share, key=share.get)
"""
OVER_PROMPTS = """    total = dict.fromkeys(item["options"], 0.0)
    for prompt in ("One: ", "Two: "):
        scores = ask(prompt, choices=list(item["options"].values()), scores=True).scores
        for letter, text in item["options"].items():
            total[letter] += scores[text]
    return max(total, key=total.get)
"""


@pytest.mark.parametrize(
    "body", [ASK + BY_SUM, ASK + BY_BYTE, OVER_PROMPTS], ids=["sum", "byte", "two"]
)
def test_a_program_that_decides_by_scores_is_not_accused(body):
    assert check_program(HEAD + body).hard_coded == "no"
    found = depends_on_solver(HEAD + body, ITEM)
    assert (found.verdict, found.reachable) == ("dependent", ("A", "B", "C"))


def test_a_program_that_looks_at_scores_and_returns_its_own_letter_is_found():
    source = HEAD + ASK + '    return "B" if reply.scores else "B"\n'
    assert depends_on_solver(source, ITEM).verdict == "independent"
