"""Prompts, programs and subsets are tried and run without a panel, and the study stays as it is."""

from __future__ import annotations

import asyncio

import pytest
from small_study import ADDS, row_id

from cgr_nb.api import Study
from cgr_nb.errors import CgrError, PromptError
from cgr_nb.explore.known_models import KnownModels
from cgr_nb.explore.subsets import StudyWithSubsets
from cgr_nb.explore.trial import ProgramTrial, PromptTrial, rendered
from cgr_nb.store import frames
from cgr_nb.store.thread_local import ThreadLocalStore
from cgr_nb.study.own_prompts import OwnPrompts, own_subset
from cgr_nb.study.subset import Choice

WORDING = "My own words.\n{question}\n{options}\n"


@pytest.fixture
def known(own_study):
    return KnownModels(own_study.config, own_study.store)


def item_of(study):
    return study.store.items()[0]


def test_an_edited_prompt_is_put_to_a_model_and_its_reply_is_read(own_study, known):
    item, pieces = item_of(own_study), []
    trial = PromptTrial.of(own_study.config, known.first(["scripted-a"]), item, "direct", WORDING)
    done = asyncio.run(trial.ask(pieces.append))
    assert trial.messages[-1].content.startswith("My own words.\nA cart")
    assert (done.read.letter, done.reply.text) == ("B", "".join(pieces))


def test_a_prompt_whose_reply_is_no_answer_is_not_tried_alone(own_study, known):
    card = known.first(["scripted-a"])
    with pytest.raises(CgrError, match="can't be tried alone"):
        PromptTrial.of(own_study.config, card, item_of(own_study), "generator", WORDING)


def test_a_malformed_template_is_an_error(own_study):
    with pytest.raises(PromptError, match="unknown field"):
        rendered("{gold}", "direct", "full", item_of(own_study))


def test_an_edited_program_runs_with_a_live_solver(own_study, known):
    asked = []
    source = ADDS.replace('else "A"', 'else "D"').replace("str(z)", '"x"')
    card = known.first([], "scripted-a")
    trial = ProgramTrial(own_study.config, card, item_of(own_study), source)
    done = asyncio.run(trial.run(lambda index, prompt: asked.append((index, prompt))))
    assert done.solver_answer == "D"
    assert asked == [(0, "What is 9 times 3?"), (1, "What is 29 plus 27?")]


def test_trials_leave_no_record(own_study, known):
    before = len(own_study.calls()), len(own_study.executions())
    item, card = item_of(own_study), known.first(["scripted-a"])
    asyncio.run(PromptTrial.of(own_study.config, card, item, "direct", WORDING).ask())
    asyncio.run(ProgramTrial(own_study.config, card, item, ADDS).run())
    assert (len(own_study.calls()), len(own_study.executions())) == before


def test_models_on_record_stand_in_for_a_registry_that_is_gone(own_study):
    (own_study.folder / "registry.toml").unlink()
    known = KnownModels(own_study.config, own_study.store)
    assert "registry file" in known.problem
    assert [card.name for card in known.cards] == ["scripted-a", "scripted-b", "writer"]


def test_a_solver_must_be_chosen_or_named(known):
    with pytest.raises(CgrError, match="no solver is selected"):
        known.first([])
    assert known.first([], "scripted-b").name == "scripted-b"


def test_a_wording_is_a_new_version_and_never_an_old_one(own_study):
    prompts = OwnPrompts(own_study.folder, None)
    first = prompts.save("full", "direct", WORDING)
    assert prompts.save("full", "direct", WORDING) == first
    assert prompts.save("full", "direct", f"{WORDING}Think.\n") == first + 1
    with pytest.raises(PromptError, match="unknown field"):
        prompts.save("full", "direct", "{nonsense}")
    assert prompts.versions("full", "direct") == [first, first + 1]
    assert prompts.text("full", "direct", first) == WORDING


def test_a_subset_with_a_wording_of_its_own_runs_beside_the_study(own_study):
    prompts = OwnPrompts(own_study.folder, None)
    used = {"full/direct": prompts.save("full", "direct", WORDING)}
    choice = Choice(("scripted-a",), ("writer",), ("cot",))
    subset = own_subset(own_study.config, prompts, [item_of(own_study)], choice, used)
    subset.write(["Picked by hand."])
    with Study.run(subset.folder / "study.toml", progress=False) as ran:
        (call,) = [c for c in ran.store.calls() if c.messages[0].content.startswith("My own")]
        (id,) = ran.rows()["id"]
    assert call.model == "scripted-a"

    together = StudyWithSubsets(ThreadLocalStore(own_study.store))
    rows = together.rows(frames.rows)
    where = subset.folder.name
    assert rows["where"].value_counts().to_dict() == {"study": 30, where: 1}
    assert set(together.arm_letters(where, [id])[id]) == {"cot"}
    assert "def solve" in together.program(where, id).source
    assert together.program("study", row_id(0)).solver == "scripted-a"
    with pytest.raises(CgrError, match="no program was written"):
        together.program("study", "nothing")
