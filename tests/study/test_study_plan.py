"""A plan of real models: each is timed for a moment, or not loaded at all."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from cgr_nb.sandbox.idle import end_idle
from cgr_nb.study import demo_config, plan_study

psutil = pytest.importorskip("psutil")


@pytest.fixture(scope="module")
def config():
    return demo_config(3, "limits")


def children():
    """Of this process itself: what a JupyterLab started earlier does is its own affair."""
    return {child.pid for child in psutil.Process(os.getpid()).children()}


@pytest.fixture(scope="module")
def measured(config):
    """A plan whose models were timed, what it told meanwhile, and the processes that it left."""
    steps = []
    before = children()
    plan = plan_study(config, on_step=steps.append)
    end_idle()
    return plan, steps, children() - before


def test_models_with_weights_are_timed_and_their_prompts_counted(config, measured):
    plan, steps, left = measured
    assert [step.split(":")[0] for step in steps] == ["timing tiny-generator", "timing tiny-solver"]
    loads = {(load.model, load.purpose): load for load in plan.loads}
    direct = loads["tiny-solver", "direct"]
    assert direct.basis == "measured"
    assert direct.seconds > 0
    # As long as they may be: a plan of what is not known is an upper bound.
    assert direct.reply_tokens == direct.calls * config.direct.max_tokens
    assert any(line.startswith("tiny-solver: prompts ") for line in plan.assumptions)
    assert any("a guess" in line for line in plan.assumptions)
    assert not left


def test_the_prompt_tokens_of_a_plan_are_those_of_a_run(measured, demo_of_three):
    from cgr_nb import Study
    from cgr_nb.store.past import past_calls

    plan, *_ = measured
    with Study.open(demo_of_three / "study") as study:
        past = past_calls(study.store)
    compared = 0
    for load in plan.loads:
        if load.purpose in ("direct", "scaffolds"):
            prompt_tokens = past[load.model, load.purpose][0]
            assert load.prompt_tokens / load.calls == pytest.approx(prompt_tokens, rel=0.25)
            compared += 1
    assert compared == 2


def test_a_quick_plan_loads_nothing(config, monkeypatch):
    def refuse(*_, **__):
        pytest.fail("a worker was started")

    monkeypatch.setattr("cgr_nb.models.worker.process.WorkerProcess.__init__", refuse)
    plan = plan_study(config, try_models=False)
    assert {load.basis for load in plan.loads if load.calls} <= {"file", "assumed"}
    assert plan.seconds is not None
    assert any("no model was loaded" in line for line in plan.assumptions)


def test_a_model_is_timed_once_whatever_it_is_asked_for(config):
    steps = []
    plan = plan_study(
        replace(config, arms=("cot", "self_consistency", "pal")), on_step=steps.append
    )
    assert len(steps) == 2
    assert {load.basis for load in plan.loads if load.purpose == "cot"} == {"measured"}


def test_a_plan_says_that_arms_are_reckoned_like_direct_calls(config):
    alone = plan_study(replace(config, arms=(), arm={}), try_models=False)
    beside = plan_study(replace(config, arms=("cot",), arm={}), try_models=False)
    (said,) = set(beside.assumptions) - set(alone.assumptions)
    assert "a call of an arm has the tokens of a direct call" in said
    each = {load.purpose: load.reply_tokens / load.calls for load in beside.loads if load.calls}
    assert each["cot"] == each["direct"]


def test_a_plan_names_an_arm_whose_replies_leave_no_room_for_a_prompt(config):
    assert plan_study(config, try_models=False).arm_remarks == ()
    (said,) = plan_study(replace(config, arms=("cot",), arm={}), try_models=False).arm_remarks
    assert "arm.cot: with decoding = { max_tokens = 512 } no prompt fits" in said
    assert "'tiny-solver' (512 tokens)" in said
    assert "lower it, to 320" in said
