"""Propositions that are criticised before anything is built on them: who sees what, and when the
summariser closes."""

from __future__ import annotations

import pytest
from voting_study import ITEM, answer_of, written

from cgr_nb import Study
from cgr_nb.arms import Decoding
from cgr_nb.arms.requests import request_of
from cgr_nb.prompts import render
from cgr_nb.records import Message, ModelCall, Reply
from cgr_nb.study import StudyConfig
from cgr_nb.study.run import open_to_fill
from cgr_nb.testing import check_arm

FIRST, SECOND, THIRD = "All are even.", "Only 2 is even.", "And 2 stands at A."
TURN = Decoding(max_tokens=256)
"""How propositions and critiques are sampled where a study does not say."""
CLOSES = ("So it is.\nAnswer: A", "I decide.\nAnswer: B")


def drawn(folder, rounds, closes=CLOSES, **parameters):
    """A study whose solver says so in each round: pairs of a proposition and its critique.
    Summaries, and the last one where none has closed: `closes`."""
    path = written(
        folder,
        {"diagram": {"rounds": len(rounds), **parameters}},
        ["def solve(item, ask): return None"],
        solver=[("Sum up, then answer.* or go on", closes[0]), ("Sum up, then answer", closes[1])],
    )
    with open_to_fill(StudyConfig.load(path), folder) as (store, inputs):
        [card], arm = inputs.solvers, inputs.roster.arms["diagram"]
        turns = ()
        for number, pair in enumerate(rounds, 1):
            names = ("diagram_next" if turns else "diagram", "diagram_criticise")
            for name, said in zip(names, pair, strict=True):
                turns += render(name, ITEM, "tiny").messages
                asked = request_of(arm.settings, f"{name}/{number}", TURN, turns)
                reply = Reply(said, "stop", "as shown", 9, 9, 0.0)
                call = asked.call_id(card)
                store.add_call(ModelCall(call, card.name, asked.messages, asked.sampling, reply))
                turns += (Message("assistant", said),)
    return Study.run(path, progress=False)


def shown(study, answer):
    """Key of a call -> its turns as one text."""
    return {
        entry.key: "\n".join(turn.content for turn in study.store.call(entry.call).messages)
        for entry in answer.trail
    }


def test_what_was_criticised_is_not_in_the_summarisers_prompt(tmp_path):
    rounds = [(FIRST, "Letters are not.\nfails"), (SECOND, "Yes.\n**Holds.**"), (THIRD, "holds")]
    with drawn(tmp_path, rounds, closes=("Not yet.\nGo on.", CLOSES[1])) as study:
        answer = answer_of(study, "diagram")
        prompts = shown(study, answer)
    assert list(prompts) == [
        "round/1/proposition",
        "round/1/critique",
        "round/2/proposition",
        "round/2/critique",
        "round/2/summary",
        "round/3/proposition",
        "round/3/critique",
        "round/3/summary",
        "close",
    ]
    for key in ("round/2/summary", "round/3/summary", "close"):
        assert FIRST not in prompts[key]
        assert "Letters are not." not in prompts[key]
        assert f"(1) {SECOND}" in prompts[key]
    assert f"(2) {THIRD}" in prompts["close"]
    # The proposer sees what was criticised, so that it can mend it.
    assert FIRST in prompts["round/2/proposition"]
    assert "Letters are not." in prompts["round/2/proposition"]
    assert answer.facts == {"verdicts": ["fails", "holds", "holds"], "closed": False}
    assert (answer.letters, answer.status) == (("B",), "answered")
    assert answer.detail.endswith("2 of 3 propositions stand")


def test_it_ends_when_the_summariser_closes(tmp_path):
    with drawn(tmp_path, [(FIRST, "fails"), (SECOND, "Holds"), (THIRD, "holds")]) as study:
        answer = answer_of(study, "diagram")
    assert answer.facts == {"verdicts": ["fails", "holds"], "closed": True}
    assert (answer.letters, answer.totals.solver_calls) == (("A",), 5)
    assert [step.letters for step in answer.steps] == [("A",)]


@pytest.mark.parametrize(
    "critique",
    ["", "It holds water, but is beside the point.", "holds\nor rather not", "It no longer holds."],
)
def test_a_verdict_that_can_not_be_read_lets_nothing_stand(tmp_path, critique):
    with drawn(tmp_path, [(FIRST, critique)]) as study:
        answer = answer_of(study, "diagram")
        prompts = shown(study, answer)
    assert answer.facts == {"verdicts": ["unparsed"], "closed": False}
    assert "(no proposition stands)" in prompts["close"]
    assert answer.letters == ("B",)


def test_a_summariser_that_never_answers_is_a_wrong_answer(tmp_path):
    with drawn(tmp_path, [(FIRST, "holds")], closes=("Hm.", "Hm.")) as study:
        answer = answer_of(study, "diagram")
    assert (answer.letters, answer.status, answer.totals.solver_calls) == ((), "none", 4)


def test_diagram_holds_what_every_arm_must(tmp_path):
    script = {
        "solver": [
            ("Criticise that statement", "holds"),
            ("Propose", FIRST),
            ("(?s)What is [0-2].*yet, end", "Answer: B"),
            ("yet, end", "Go on"),
            ("and decide", "Answer: C"),
        ]
    }
    done = check_arm("diagram", script, parameters={"rounds": 2}, folder=tmp_path / "c", stops=3)
    assert done.statuses == {"answered": 6}
    assert {answer.facts["closed"] for answer in done.answers} == {True, False}
