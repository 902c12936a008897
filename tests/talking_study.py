"""A study on scripted models whose writer converses with an interpreter."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cgr_nb import Study
from cgr_nb.answer_record import Answer
from cgr_nb.records import Item
from cgr_nb.study import StudyConfig, resolve_inputs

__all__ = ["ITEMS", "answers_of", "block", "talk_on"]

OPTIONS = {"A": "2", "B": "x", "C": "y"}
ITEMS = [
    {"dataset": "d", "question": f"Which is {what}?", "options": OPTIONS, "gold": gold}
    for what, gold in [("even", "A"), ("odd", "B"), ("last", "B"), ("first", "A"), ("big", "A")]
]
"""Items in one dataset."""

Rules = Sequence[tuple[str, str]]


def block(source: str) -> str:
    """A reply with a block of code."""
    return f"Let me see.\n```python\n{source}\n```"


def talk_on(
    folder: Path,
    rules: Rules | Callable[[Sequence[Item]], Rules],
    items: Sequence[Mapping[str, Any]],
    *,
    support: int = 0,
    limits: Mapping[str, float] | None = None,
    generator: bool = True,
    solver: str = "s",
    arm: str = "code_act",
    run: bool = True,
    **parameters: Any,
) -> Any:
    """Run a study with arm `code_act`.

    Args:
        folder: Where.
        rules: What the writer replies, as pairs of a pattern and a reply; or what gives them for
            the items that are set aside, in their order.
        items: Its items.
        support: Items set aside.
        limits: Of programs.
        generator: Whether there is one; else the solver writes.
        solver: Another one than the scripted one.
        arm: The arm.
        run: False: give the config and the items set aside instead.
        parameters: Of the arm, and its budget.

    Returns:
        The study.
    """
    text = "".join(json.dumps(item) + "\n" for item in items)
    (folder / "items.jsonl").write_text(text)
    (folder / "registry.toml").write_text(_registry([]))
    table: dict[str, Any] = {
        "name": "talk",
        "items": {"files": ["items.jsonl"]},
        "models": {"registry": "registry.toml", "solvers": [solver]},
        "arms": [arm],
        "arm": {arm: parameters} if parameters else {},
        "run": {"isolation": "limits"},
    }
    if generator:
        table["models"]["generators"] = ["g"]
    if support:
        table["support"] = {"per_dataset": support}
    if limits:
        table["limits"] = dict(limits)
    config = replace(StudyConfig.from_dict(table), base=str(folder))
    aside = resolve_inputs(config).support.get("d", ())
    given = rules(aside) if callable(rules) else rules
    (folder / "registry.toml").write_text(_registry(given))
    return Study.run(config, folder, progress=False) if run else (config, aside)


def answers_of(study: Study, arm: str = "code_act") -> list[Answer]:
    """The answers of the arm, by id."""
    return [answer for answer in study.store.answers() if answer.arm == arm]


def _registry(rules: Rules) -> str:
    """Both models have the rules of the writer; a solver that is asked something says yes."""
    pairs = [["^(even)?\\?$", "yes"], *([p, r.replace("\\", "\\\\")] for p, r in rules)]
    options = f"rules = {json.dumps(pairs)}, default = 'Answer: B'"
    return "".join(
        f"""[[model]]
name = "{name}"
roles = ["{role}"]
backend = "scripted"
family = "scripted"
quantisation = "none"
context_tokens = 16384
licence = "Apache-2.0"
source = "a script"
prompts = "tiny"
options = {{ {options} }}

"""
        for name, role in (("s", "solver"), ("g", "generator"))
    )
