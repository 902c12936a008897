"""Two runs of the same items beside each other: studies, or arms, solvers and generators of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from cgr_nb.analysis.arm_frame import arm_frame
from cgr_nb.analysis.paired_runs import pair_runs
from cgr_nb.analysis.run_comparison import RunComparison, RunSide
from cgr_nb.analysis.two_runs import compare_runs
from cgr_nb.errors import CgrError, did_you_mean
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.explore.different_settings import different_settings
from cgr_nb.store import Store
from cgr_nb.store.arm_answers import ARM_ANSWER_COLUMNS, arms_on_record, columns_of_arm
from cgr_nb.store.row_columns import item_columns, row_columns
from cgr_nb.study import StudyConfig

__all__ = ["OpenStudy", "compare"]

_SUBJECT = ("subject", "subject_name", "category")
"""Names under which items carry what they are about."""


class OpenStudy(Protocol):
    """What is needed of a study: `cgr_nb.api.Study` has it."""

    folder: Path
    store: Store


@dataclass(frozen=True, slots=True)
class _Choice:
    """What of a study stands on one side."""

    arm: str
    solver: str | None
    generator: str | None


def compare(
    a: OpenStudy | str | Path,
    b: OpenStudy | str | Path | None = None,
    *,
    arm: str | None = None,
    arm_b: str | None = None,
    solver: str | None = None,
    solver_b: str | None = None,
    generator: str | None = None,
    generator_b: str | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> RunComparison:
    """Compare two runs on the items that both answered: what of a study stands on side A with what
    of another, or of the same, stands on side B.

    Answers pair by item (by its content) and, where a side has several, by solver and generator.
    What has no partner is counted. `Comparison` draws what this gives.

    Example:
        compare("my-study")                                  # direct against assisted answers
        compare("my-study", arm="cgr", arm_b="cot")          # two arms
        compare("my-study", solver="small", solver_b="large")
        compare("old-prompts", "new-prompts", arm="direct")  # two studies

    Args:
        a: An open study, or its folder.
        b: The study of side B; None: the same.
        arm: The arm on side A. By default "direct" against "cgr" within one study of which nothing
            else is named; else "cgr", or "direct" where a study has no scaffolds.
        arm_b: The arm on side B; by default that of side A.
        solver: The solver on side A; by default all.
        solver_b: The solver on side B; by default as `solver`.
        generator: The generator on side A; by default all.
        generator_b: The generator on side B; by default as `generator`.
        resamples: Draws of the intervals, which resample items.
        seed: Of those draws.

    Raises:
        CgrError: A study can't be read, an arm, solver or generator is unknown, both sides are the
            same, or nothing pairs or can be scored.
    """
    with ExitStack() as opened:
        first = _opened(a, opened)
        second = first if b is None or _place(b) == _place(a) else _opened(b, opened)
        one = second is first
        plain = one and not any((arm, arm_b, solver, solver_b, generator, generator_b))
        if plain:
            arm, arm_b = "direct", "cgr"
        arm = arm or _usual_arm(first, second)
        choices = (
            _Choice(arm, solver, generator),
            _Choice(arm_b or arm, solver_b or solver, generator_b or generator),
        )
        sides = [
            _Side(study, choice) for study, choice in zip((first, second), choices, strict=True)
        ]
        if one and choices[0] == choices[1]:
            raise CgrError(
                "both sides are identical",
                where=str(first.folder),
                got=f"arm {arm!r} on both sides",
                fix="specify another study, or arm_b, solver_b or generator_b"
                " (--arm-b, --solver-b, --generator-b)",
            )
        pairing = pair_runs(*(side.lines for side in sides))
        items = pd.concat([side.items for side in sides]).drop_duplicates("item_id")
        pairs = pairing.pairs.merge(items, on="item_id", how="left")
        labels = _labels(sides)
        return compare_runs(
            type(pairing)(pairs, pairing.unpaired, pairing.within),
            sides[0].told(labels[0]),
            sides[1].told(labels[1]),
            settings=()
            if one
            else different_settings((first.folder, first.store), (second.folder, second.store)),
            resamples=resamples,
            seed=seed,
        )


@dataclass(frozen=True)
class _Opened:
    """A study that is read once, whichever sides it stands on."""

    folder: Path
    store: Store
    name: str

    @cached_property
    def rows(self) -> pd.DataFrame:
        return counted_rows(self.store)

    @cached_property
    def difficulty(self) -> dict[object, object]:
        return {id: said for id, said in row_columns(self.store, ("id", "difficulty"))}

    @cached_property
    def items(self) -> pd.DataFrame:
        return _items(self.store)


def _place(study: OpenStudy | str | Path) -> Path:
    return Path(study if isinstance(study, str | Path) else study.folder).resolve()


def _opened(study: OpenStudy | str | Path, stack: ExitStack) -> _Opened:
    folder = Path(study if isinstance(study, str | Path) else study.folder)
    if isinstance(study, str | Path):
        store = stack.enter_context(Store.open(folder))
    else:
        store = study.store
    name = folder.resolve().name
    with suppress(CgrError):
        name = StudyConfig.load(folder / "study.toml", check=False).name
    return _Opened(folder, store, name)


def _usual_arm(*studies: _Opened) -> str:
    known = [set(arms_on_record(study.store)) for study in studies]
    return "cgr" if all("cgr" in arms for arms in known) else "direct"


class _Side:
    """The answers of one side."""

    def __init__(self, study: _Opened, choice: _Choice) -> None:
        self.study, self.choice = study, choice
        known = arms_on_record(study.store)
        if choice.arm not in known:
            raise CgrError(
                "the study has no answers of this arm",
                where=str(study.folder),
                got=repr(choice.arm),
                fix=did_you_mean(choice.arm, known) if known else "run the study first",
            )
        lines = _lines(study, choice.arm)
        self._check("solver", choice.solver, lines)
        self._check("generator", choice.generator, lines)
        for name in ("solver", "generator"):
            asked = getattr(choice, name)
            if asked is not None:
                # Of an answer without a generator, those beside which it stands in a row.
                lines = lines[lines[f"row_{name}"] == asked]
        self.lines = lines.drop(columns=["row_solver", "row_generator"]).reset_index(drop=True)
        self.items = study.items

    def _check(self, kind: str, asked: str | None, lines: pd.DataFrame) -> None:
        known = sorted({str(name) for name in lines[f"row_{kind}"] if name})
        if asked is not None and asked not in known:
            raise CgrError(
                f"the study has no answers with this {kind}",
                where=str(self.study.folder),
                got=repr(asked),
                fix=did_you_mean(asked, known),
            )

    def told(self, label: str) -> RunSide:
        """The side as it is told."""
        counts = self.study.store.counts()
        return RunSide(
            label=label,
            study=self.study.name,
            folder=str(self.study.folder),
            arm=self.choice.arm,
            solvers=tuple(sorted({name for name in self.lines["solver"] if name})),
            generators=tuple(sorted({name for name in self.lines["generator"] if name})),
            answers=int(self.lines["answer_id"].nunique()),
            missing=counts.expected - counts.done,
        )


def _lines(study: _Opened, arm: str) -> pd.DataFrame:
    """The answers of an arm, a line a row, as `pair_runs` takes them, and the models of the row."""
    told = pd.DataFrame(columns_of_arm(study.store, arm), columns=list(ARM_ANSWER_COLUMNS))
    frame = arm_frame(study.rows, told.drop(columns=["of_solver", "of_generator"]), every_seed=True)
    frame = frame.rename(columns={"solver": "row_solver", "generator": "row_generator"})
    of = told.set_index("answer_id")[["of_solver", "of_generator"]].fillna("")
    of = of[~of.index.duplicated()].set_axis(["solver", "generator"], axis=1).astype(object)
    return frame.join(of, on="answer_id").assign(
        difficulty=frame["row_id"].map(study.difficulty).astype(object)
    )


def _items(store: Store) -> pd.DataFrame:
    """What slices and lists need of the items."""
    names = ("id", "question", "options", "meta", "multi")
    found = [
        (id, question, "".join(json.loads(options)), len(question), _subject(meta), bool(multi))
        for id, question, options, meta, multi in item_columns(store, names)
    ]
    columns = ["item_id", "question", "options", "characters", "subject", "multi"]
    return pd.DataFrame(found, columns=columns)


def _subject(meta: str) -> str | None:
    known: Any = json.loads(meta)
    for name in _SUBJECT:
        value = known.get(name)
        if isinstance(value, str) and value:
            return value
    return None


# ---- what tells the sides apart ----------------------------------------------------------------


def _labels(sides: list[_Side]) -> list[str]:
    """What differs between the sides, of each; where nothing does, the study."""
    read: Mapping[str, Callable[[_Side], str]] = {
        "study": lambda side: side.study.name,
        "folder": lambda side: str(side.study.folder),
        "arm": lambda side: _arm_name(side.choice.arm),
        "solver": lambda side: ", ".join(sorted({name for name in side.lines["solver"] if name})),
        "generator": lambda side: ", ".join(
            sorted({name for name in side.lines["generator"] if name})
        ),
    }
    values = {name: [tell(side) for side in sides] for name, tell in read.items()}
    # A model that one side does not ask tells nothing of the other.
    differ = {name: len(set(told)) > 1 and all(told) for name, told in values.items()}
    # Two studies of one name are told apart by where they lie.
    differ["folder"] = differ["folder"] and not differ["study"]
    parts = [name for name in read if differ[name]] or ["study"]
    return [
        " · ".join(values[name][place] for name in parts if values[name][place]) or "–"
        for place in range(len(sides))
    ]


def _arm_name(arm: str) -> str:
    """An arm as people call it; the assisted channel by both of its names."""
    return {"cgr": "assisted (cgr)", "generator_only": "generator-side"}.get(arm, arm)
