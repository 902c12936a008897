"""An arm that a newcomer wrote from the docstrings alone: two programs, then a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from debate2 import Debate2

from cgr_nb import Stepper, Study
from cgr_nb.arms import (
    ArmPrompt,
    Decoding,
    Expected,
    NoParameters,
    Outcome,
    arm_summaries,
    register_arm,
)
from cgr_nb.errors import ConfigError
from cgr_nb.study import StudyConfig
from cgr_nb.testing import check_arm

PROMPTS = Path(__file__).parent / "debate2_prompts"
SECOND = """```python
GENERATOR_ANSWER = "A"
DIFFICULTY = "hard"
print("hello")
def solve(item, ask):
    for letter, text in item["options"].items():
        if "yes" in ask("Second: is it " + text + "?"):
            return letter
```"""
SCRIPT = {
    "generator": [
        ("it ended with", SECOND),
        ("What is 0 \\+ 2[\\s\\S]*First program", "no program here"),
        (
            "What is 1 \\+ 2[\\s\\S]*First program",
            "```python\ndef solve(item, ask):\n    return 1/0\n```",
        ),
    ],
    "solver": [
        ("Is it 4\\?", "yes"),
        ("Is it 5\\?", "yes"),
        ("Second: is it 3", "yes"),
        ("Which letter", "Answer: B"),
        ("Program one", "Hm, could be (C)."),
    ],
}


@pytest.fixture(scope="module", autouse=True)
def debate2():
    register_arm("debate2", Debate2)


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("debate2") / "check"
    done = check_arm("debate2", SCRIPT, folder=folder, prompts=PROMPTS, stops=4)
    return folder, done


def test_two_programs_and_a_conversation_hold_what_every_arm_must(checked):
    _, done = checked
    assert done.statuses == {"answered": 4, "nothing_to_weigh": 2}
    talked = (answer for answer in done.answers if answer.status == "answered")
    whole = next(answer for answer in talked if len(answer.runs) == 2)
    assert [run.key for run in whole.runs] == ["first", "second"]
    keys = [entry.key for entry in whole.trail]
    assert {"write/first", "write/second", "talk/0", "talk/1"} <= set(keys)
    assert [step.m for step in whole.steps] == [1, 2, 2, 2]
    assert sorted({entry.role for entry in whole.trail}) == ["generator", "solver"]


def test_its_runs_can_be_stepped_through_and_it_stands_in_the_report(checked):
    folder, _ = checked
    with Study.open(folder / "many") as study:
        arms = study.arms()
        ran = arms[arms["execution_id"].notna()].iloc[0]
        assert study.store.program(ran["program_id"]) is not None
        stepper = Stepper(study, ran["execution_id"])
        assert stepper.row["id"] == ran["row_id"]
        assert stepper.execution == study.execution(ran["execution_id"])
        page = study.report(folder / "page.html").read_text("utf-8")
    assert "debate2" in page
    assert "nothing_to_weigh" in page


class Told:
    """One question, with what each test makes of it."""

    @dataclass(frozen=True)
    class Parameters:
        decoding: Decoding = Decoding(max_tokens=64)  # noqa: RUF009 - as the documentation has it

    summary: ClassVar[str] = "one question"
    version: ClassVar[int] = 1
    roles = ("solver",)
    prompts: ClassVar[dict] = {"direct": ArmPrompt("solver")}

    def __init__(self, parameters):
        self._decoding = parameters.decoding

    def expected(self, asks):
        return Expected(solver_calls=1)

    async def answer(self, ctx):
        reply = await ctx.call("solver", ctx.prompt("direct"), self._decoding, key="told")
        return Outcome.read(ctx.read(reply))


def test_parameters_as_the_documentation_writes_them_can_be_set():
    register_arm("told", Told)
    config = StudyConfig.from_dict(
        {
            "items": {"files": ["a"]},
            "models": {"solvers": ["s"], "generators": ["g"]},
            "arms": ["told"],
            "arm": {"told": {"decoding": {"max_tokens": 32}}},
        }
    )
    (choice,) = config.arm_choices()
    assert getattr(choice.parameters, "decoding", None) == Decoding(max_tokens=32)


class Stranger(Told):
    """Answers with what is no option."""

    Parameters = NoParameters

    def __init__(self, parameters):
        self._decoding = Decoding()

    async def answer(self, ctx):
        return Outcome(("Z",), "answered")


class Undecided(Stranger):
    """Answers with two letters."""

    async def answer(self, ctx):
        return Outcome(("A", "B"), "answered")


class Twice(Stranger):
    """Two calls, one key."""

    async def answer(self, ctx):
        for question in ("one", "two"):
            reply = await ctx.call("solver", question, Decoding(), key="same")
        return Outcome.read(ctx.read(reply))


class Sneaky(Stranger):
    """Asks a model that it does not name."""

    async def answer(self, ctx):
        reply = await ctx.call("generator", "help", Decoding(), key="help")
        return Outcome.read(ctx.read(reply))


class Factual(Stranger):
    """Puts on record what JSON has no form for."""

    async def answer(self, ctx):
        return Outcome((), "none", facts={"seen": {1, 2}})


class Endless(Stranger):
    """Puts a number on record that JSON does not know."""

    async def answer(self, ctx):
        return Outcome((), "none", facts={"share": float("nan")})


class Writer(Stranger):
    """Asks for a program with a text instead of a template."""

    roles = ("solver", "generator")

    async def answer(self, ctx):
        return Outcome.of_run(await ctx.run(await ctx.write("write it", key="w")))


class Bare:
    """An arm whose class takes no parameters."""

    summary: ClassVar[str] = "nothing"
    version: ClassVar[int] = 1
    roles = ("solver",)
    prompts: ClassVar[dict] = {}

    def expected(self, asks):
        return Expected()

    async def answer(self, ctx):
        return Outcome((), "none")


class Fussy(Bare):
    """An arm that does not take its parameters."""

    def __init__(self, parameters):
        raise ValueError("k must be odd")


class Silent(Stranger):
    """Forgets to return what it came to."""

    async def answer(self, ctx):
        await ctx.call("solver", "one", Decoding(), key="one")


class Lettered(Stranger):
    """Gives its letters as a text."""

    async def answer(self, ctx):
        return Outcome("A", "answered")


class Unasync(Stranger):
    """Has an ordinary function for an answer."""

    def answer(self, ctx):
        return Outcome((), "none")


class Hasty(Stranger):
    """Reads a reply that it has not waited for."""

    async def answer(self, ctx):
        reply = ctx.call("solver", "one", Decoding(), key="one")
        return Outcome.read(ctx.read(reply))


class Heedless(Stranger):
    """Never looks at what it asked, so that nothing else tells of it."""

    async def answer(self, ctx):
        ctx.call("solver", "one", Decoding(), key="one")
        return Outcome((), "none")


class Unheard(Stranger):
    """Has a conversation in which it does not wait for the reply."""

    async def answer(self, ctx):
        said = ctx.conversation("solver", "one").ask(Decoding(), key="one").text
        return Outcome((), said)


class Unversioned:
    """Lacks what every arm has."""

    summary: ClassVar[str] = "nothing"
    roles = ("solver",)
    prompts: ClassVar[dict] = {}

    def __init__(self, parameters):
        del parameters

    async def answer(self, ctx):
        return Outcome((), "none")


class Untabled(Stranger):
    """Has parameters that are no dataclass."""

    class Parameters:
        k = 2


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (Silent, "must answer with an Outcome"),
        (Lettered, "letters are a tuple (got 'A')"),
        (Unasync, "write `async def answer(self, ctx)`"),
        (Hasty, "arm 'hasty' did not wait for ctx.call(...)"),
        (Heedless, "write `await ctx.call(...)`"),
        (Unheard, "write `await conversation.ask(...)`"),
        (Unversioned, "has no version, expected"),
        (Untabled, "Untabled.Parameters is no dataclass; write @dataclass above it"),
        (Factual, "facts that are not JSON-serialisable: Object of type set"),
        (Endless, "facts that are not JSON-serialisable: Out of range float"),
        (Writer, "not a filled template"),
        (Bare, "can't be made with its parameters"),
        (Fussy, "can't be made: ValueError: k must be odd"),
    ],
)
def test_a_mistake_of_an_author_is_one_line_and_no_traceback(arm, said, tmp_path):
    name = arm.__name__.lower()
    register_arm(name, arm)
    with pytest.raises(ConfigError) as raised:
        check_arm(name, {}, folder=tmp_path / "check", stops=1)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.fix


def test_an_arm_under_another_name_has_the_words_of_its_kind():
    found = arm_summaries({"cot-b": "cot", "gone": "is-not-there"})
    assert found["cot-b"] == found["cot"]
    assert "gone" not in found


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (Stranger, "no option"),
        (Undecided, "several letters where one is asked"),
        (Twice, "two calls one key"),
        (Sneaky, "not in its roles"),
    ],
)
def test_a_mistake_of_an_arm_is_one_clear_error_to_its_author(arm, said, tmp_path):
    name = arm.__name__.lower()
    register_arm(name, arm)
    with pytest.raises(ConfigError, match=f"arm '{name}'.*{said}"):
        check_arm(name, {}, folder=tmp_path / "check", stops=1)


def test_a_template_with_the_text_of_another_is_one_of_its_own(tmp_path):
    bundled = Path(__file__).parents[2] / "cgr_nb/prompts/templates/full/direct@1.txt"
    (tmp_path / "mine" / "full").mkdir(parents=True)
    (tmp_path / "mine" / "full" / "mine@1.txt").write_bytes(bundled.read_bytes())

    class Mine(Stranger):
        prompts: ClassVar[dict] = {"mine": ArmPrompt("solver")}

        async def answer(self, ctx):
            reply = await ctx.call("solver", ctx.prompt("mine"), Decoding(), key="mine")
            return Outcome.read(ctx.read(reply))

    register_arm("mine", Mine)
    check_arm("mine", {}, folder=tmp_path / "check", prompts=tmp_path / "mine", stops=1)
