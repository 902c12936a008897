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


ONE_TEXT = """    fit = {}
    for letter, text in item["options"].items():
        fit[letter] = ask(f"They keep it for its {text}.", choices=["goat"], scores=True)%s
    return max(fit, key=%s)
"""
IN_A_LIST = """    asked = [ask(f"Its {text}", choices=["goat"], scores=True) for text in item["options"].values()]
    fit = [asked[place].scores["goat"] for place in range(len(asked))]
    return list(item["options"])[fit.index(max(fit))]
"""


@pytest.mark.parametrize(
    "body",
    [
        ONE_TEXT % ('.scores["goat"]', "fit.get"),
        ONE_TEXT % ("", 'lambda letter: fit[letter].scores["goat"]'),
        IN_A_LIST,
    ],
    ids=["at once", "later", "list"],
)
def test_one_text_scored_behind_several_prompts_is_a_reply_that_is_used(body):
    found = check_program(HEAD + body)
    assert (found.hard_coded, found.unused_asks, found.ask_sites) == ("no", (), 1)


@pytest.mark.parametrize("scores", ["", ", scores=False", ", scores=True"])
def test_the_text_itself_is_the_programs_own_where_it_is_the_only_choice(scores):
    source = f'{HEAD}    return ask("Which?", choices=["B"]{scores})\n'
    found = check_program(source)
    assert (found.hard_coded, len(found.unused_asks)) == ("yes", 1)


def test_scores_of_one_text_that_decide_nothing_are_not_used():
    source = f"""{HEAD}    ask("Which?", choices=["goat"], scores=True).scores
    return ask("Which letter?", choices=list(item["options"]))
"""
    assert check_program(source).unused_asks == (5,)


BY_SINGLE_SCORES = """
GENERATOR_ANSWER = "B"
DIFFICULTY = "easy"

def solve(item, ask):
    points = {}
    for letter, text in item["options"].items():
        points[letter] = ask(f"Is it {text}?", choices=[text], scores=True).scores[text]
    return max(points, key=points.get)
"""


def test_a_program_that_compares_scores_of_single_choices_is_not_accused():
    item = Item(
        "i", "d", "c", "Which is a fruit?", {"A": "stone", "B": "pear", "C": "shoe"}, ("B",)
    )
    found = depends_on_solver(BY_SINGLE_SCORES, item)
    assert found.verdict == "dependent"
    assert len(found.reachable) >= 2
