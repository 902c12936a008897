"""For whoever writes an arm: try on a scripted study all that an arm must hold.

    from cgr_nb.testing import check_arm

    check_arm("mine", {"solver": [("mark", "Answer: B")]}, folder=tmp_path)

An arm that passes can be stopped anywhere and goes on, shares calls with others, is checked by
`cgr-nb verify`, and knows nothing of gold.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from cgr_nb.answer_record import Answer, Totals
from cgr_nb.api import Study
from cgr_nb.bundle import export_package
from cgr_nb.models import card_to_toml
from cgr_nb.records import ModelCard
from cgr_nb.store import Store
from cgr_nb.store.superseding import Chosen, call_facts, run_facts, scaffold_facts, supersede
from cgr_nb.study import StudyConfig
from cgr_nb.study.config import ItemSource, ModelChoice, RunOptions
from cgr_nb.verify import verify_package

__all__ = ["ArmCheck", "check_arm"]

SCAFFOLD = """GENERATOR_ANSWER = "B"
DIFFICULTY = "easy"

def solve(item, ask):
    for letter, text in item["options"].items():
        if "yes" in ask("Is it " + text + "?"):
            return letter
    return None
"""
"""What the generator writes where the script does not say."""
_BUDGET = 2
"""Solver calls and generator calls an item, of the check of budgets."""

_SHOWN = 1_000
"""Characters of a difference between answers that a message shows."""

Rules = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ArmCheck:
    """The result of `check_arm`."""

    answers: tuple[Answer, ...]
    """The arm's answers, by id."""
    calls: int
    """Calls of the study."""
    stops: int
    """Number of points at which it was interrupted and resumed."""
    statuses: Mapping[str, int]
    """Status -> number of answers: check that the script covers the cases that you want to test."""

    def __str__(self) -> str:
        """What the arm did, in a few lines: which calls and runs its answers rest on."""
        keys: Counter[str] = Counter()
        for answer in self.answers:
            keys.update(f"{entry.role} {entry.key}" for entry in answer.trail)
            keys.update(f"run {entry.key}" for entry in answer.runs)
        letters = Counter("".join(answer.letters) or "none" for answer in self.answers)
        return "\n".join(
            f"{what}: {', '.join(f'{key} {count}' for key, count in sorted(counts.items()))}"
            for what, counts in (
                ("answers by status", self.statuses),
                ("answers by letters", letters),
                ("answers with a call or run", keys),
            )
        )


def check_arm(
    arm: str,
    script: Mapping[str, Rules],
    *,
    folder: Path,
    parameters: Mapping[str, Any] | None = None,
    items: Sequence[Mapping[str, Any]] | None = None,
    prompts: Path | None = None,
    support: int = 0,
    stops: int = 24,
) -> ArmCheck:
    """Run a scripted study with an arm, and check the properties that every arm must have.

    Checks that answers are the same with one unit and with sixteen in progress; that an arm
    interrupted after any call gives the same answers when resumed; that totals match the recorded
    calls; that its package verifies, with every program re-run; that no byte of a message changes
    if the gold answers of all items are swapped; and that no call exceeds a budget.

    Args:
        arm: Its name: an entry point, or one given to `cgr_nb.arms.register_arm`.
        script: "solver" and "generator" -> pairs (regular expression, reply); the first one that
            matches in the last user turn counts. If none does, solvers reply "Answer: A" and
            generators write a plain scaffold.
        folder: An empty folder to work in.
        parameters: `[arm.<name>]` of the study.
        items: Items, as lines of an item file; by default six in two datasets.
        prompts: A folder with the arm's own templates, for the prompt profile "full".
        support: Items held out from each dataset.
        stops: Maximum number of points at which the study is interrupted and resumed.

    Raises:
        AssertionError: A check failed; the message says which, and where.
        CgrError: The study can't be run.
    """
    lines = [dict(item) for item in (items or _items(6 + 2 * support))]
    work = _Work(arm, script, folder, dict(parameters or {}), prompts, support)
    one, many = work.run("one", lines, 1), work.run("many", lines, 16)
    _same(one, many, "one unit at a time and sixteen give different answers")
    tried = work.stop_everywhere("many", "stopped", many, stops)
    _totals(folder / "many", arm)
    found = verify_package(
        export_package(folder / "many", folder / "package.zip"), isolation="limits"
    )
    assert found.ok, f"its package does not verify: {found.problems[0]}"
    work.run("turned", _turned(lines), 16)
    asked, turned = work.messages("many"), work.messages("turned")
    extra = sorted(asked ^ turned)
    # What support items show is meant to hold their gold.
    assert support or not extra, f"gold changes what is asked: {extra[0][:200]}"
    work.within_budget(lines)
    ours = tuple(answer for answer in many if answer.arm == arm)
    assert ours, f"arm {arm!r} gave no answer"
    statuses: dict[str, int] = {}
    for answer in ours:
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    return ArmCheck(ours, len(asked), tried, statuses)


class _Work:
    """The scripted studies of one check."""

    def __init__(
        self,
        arm: str,
        script: Mapping[str, Rules],
        folder: Path,
        parameters: dict[str, Any],
        prompts: Path | None,
        support: int,
    ) -> None:
        self._arm, self._folder = arm, folder
        self._parameters, self._prompts, self._support = parameters, prompts, support
        folder.mkdir(parents=True, exist_ok=True)
        defaults = {"solver": "Answer: A", "generator": f"```python\n{SCAFFOLD}```"}
        cards = [
            _card(role, [list(rule) for rule in script.get(role, ())], said)
            for role, said in defaults.items()
        ]
        text = "\n".join(map(card_to_toml, cards))
        (folder / "registry.toml").write_text(text, "utf-8", newline="\n")

    def run(
        self, name: str, lines: Sequence[Mapping[str, Any]], width: int, **budget: int
    ) -> list[Answer]:
        """Run a study of some items into a folder of its own, and read its answers."""
        source = self._folder / f"{name}.jsonl"
        text = "".join(json.dumps(line) + "\n" for line in lines)
        source.write_text(text, "utf-8", newline="\n")
        table = {**self._parameters, **({"budget": budget} if budget else {})}
        config = StudyConfig(
            name="check",
            items=ItemSource(files=(source.name,)),
            models=ModelChoice(("check-solver",), ("check-generator",), "registry.toml"),
            arms=(self._arm,),
            arm={self._arm: table} if table else {},
            prompts=str(self._prompts.resolve()) if self._prompts else None,
            base=str(self._folder.resolve()),
            run=RunOptions(concurrency=width, isolation="limits"),
        )
        if self._support:
            config = replace(config, support=replace(config.support, per_dataset=self._support))
        return self._answers(Study.run(config, self._folder / name, progress=False))

    def _answers(self, study: Study) -> list[Answer]:
        with study:
            failures = study.failures()
            assert not failures, f"calls failed: {failures[0]['error']}"
            return list(study.store.answers())

    def stop_everywhere(self, whole: str, name: str, answers: list[Answer], most: int) -> int:
        """Let a study be as it was after its first n calls, run it again and compare."""
        with Store.open(self._folder / whole) as store:
            calls = [call.id for call in call_facts(store)]
        step = -(-len(calls) // most) or 1
        places = range(0, len(calls), step)
        for number in places:
            place = self._folder / f"{name}-{number}"
            shutil.copytree(self._folder / whole, place)
            with Store.open(place) as store:
                later = frozenset(calls[number:])
                lost = Chosen(
                    calls=later,
                    scaffolds=frozenset(
                        id for id, call, _ in scaffold_facts(store) if call in later
                    ),
                    executions=frozenset(run.id for run in run_facts(store)),
                    answers=frozenset(store.answer_ids()),
                    setups=frozenset(setup.id for setup in store.setups()),
                )
                supersede(store, lost, "2026-01-01T00:00:00+00:00", "a check")
            with Study.open(place) as study:
                config = study.config
            again = self._answers(Study.run(config, place, progress=False))
            _same(answers, again, f"stopped after {number} calls, it goes on to other answers")
            shutil.rmtree(place)
        return len(places)

    def messages(self, name: str) -> set[str]:
        """Every message of every call of a study, with its sampling."""
        with Store.open(self._folder / name) as store:
            return {repr((call.model, call.messages, call.sampling)) for call in store.calls()}

    def within_budget(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Run with a budget and see that it holds."""
        answers = self.run(
            "budget", lines, 16, solver_calls=_BUDGET, generator_calls=_BUDGET, tokens=100_000
        )
        for answer in answers:
            if answer.arm == self._arm:
                totals = answer.totals
                spent = (totals.solver_calls, totals.generator_calls)
                assert max(spent) <= _BUDGET, (
                    f"item {answer.item_id}: {spent} calls to solver and generator, the budget is"
                    f" {_BUDGET} each"
                )


def _same(one: Sequence[Answer], other: Sequence[Answer], what: str) -> None:
    there = {answer.id: answer for answer in other}
    for answer in one:
        again = there.get(answer.id)
        assert again == answer, f"{what}: item {answer.item_id}: {_apart(answer, again)}"
    assert len(one) == len(other), f"{what}: {len(one)} answers against {len(other)}"


def _apart(one: Answer, other: Answer | None) -> str:
    """In what two answers to one item differ, and where to look for the reason."""
    if other is None:
        return f"arm {one.arm} answered once only"
    parts = [
        f"{field.name} {getattr(one, field.name)!r} against {getattr(other, field.name)!r}"
        for field in fields(Answer)
        if getattr(one, field.name) != getattr(other, field.name)
    ]
    return (
        f"{'; '.join(parts)[:_SHOWN]}; look for chance, a clock, a set that is iterated over, or"
        " something kept from another item"
    )


def _totals(folder: Path, arm: str) -> None:
    """What an answer says it cost is what its trail cost."""
    with Store.open(folder) as store:
        for answer in store.answers():
            if answer.arm != arm:
                continue
            spent = dict.fromkeys(Totals.__dataclass_fields__, 0)
            for entry in answer.trail:
                call = store.call(entry.call)
                reply = call.reply if call is not None else None
                if entry.role == "solver" or reply is not None:
                    spent[f"{entry.role}_calls"] += 1
                if reply is not None:
                    spent[f"{entry.role}_prompt_tokens"] += reply.prompt_tokens
                    spent[f"{entry.role}_reply_tokens"] += reply.reply_tokens
            assert Totals(**spent) == answer.totals, (
                f"answer {answer.id}: totals are {answer.totals}, its trail comes to {spent}"
            )


def _card(role: Any, rules: list[list[str]], default: str) -> ModelCard:  # noqa: ANN401
    return ModelCard(
        name=f"check-{role}",
        roles=(role,),
        backend="scripted",
        family="scripted",
        parameters=None,
        quantisation="none",
        context_tokens=32_768,
        licence="Apache-2.0",
        source="a script",
        sha256=None,
        options={"rules": rules, "default": default},
    )


def _items(count: int) -> list[dict[str, Any]]:
    return [
        {
            "dataset": f"sums-{number % 2}",
            "question": f"What is {number} + 2?",
            "options": {"A": str(number + 1), "B": str(number + 2), "C": str(number + 3)},
            "gold": "ABC"[number % 3],
        }
        for number in range(count)
    ]


def _turned(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The items with another gold each."""
    found = []
    for line in lines:
        letters = list(line["options"])
        gold = letters[(letters.index(line["gold"][0]) + 1) % len(letters)]
        found.append({**line, "gold": gold})
    return found
