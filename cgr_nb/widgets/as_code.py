"""What was clicked, as Python and in words, so that it can be run again without the panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cgr_nb.study.subset import SubsetStudy

if TYPE_CHECKING:
    from cgr_nb.widgets.workbench import Workbench

__all__ = ["BenchState", "about", "as_code"]


@dataclass(frozen=True, slots=True)
class BenchState:
    """A workbench in values."""

    folder: Path
    """The study's folder."""
    query: str
    filters: Mapping[str, Sequence[str]]
    """Facet -> names picked."""
    sort: str
    backwards: bool
    """Whether that order is turned round."""
    shown_only: Sequence[str] | None
    """Items that a results panel picked; None for all."""
    chosen: Sequence[str]
    all_shown: bool
    """Whether what is chosen is exactly what is shown."""
    solvers: Sequence[str]
    generators: Sequence[str]
    arms: Sequence[str]
    prompts_used: Mapping[str, int]

    @classmethod
    def of(cls, panel: Workbench, folder: Path, only: Sequence[str] | None) -> BenchState:
        """Of a panel.

        Args:
            panel: The panel.
            folder: Of its study.
            only: Items that are looked among; None for all.
        """
        return cls(
            folder=folder.resolve(),
            query=panel.query,
            filters={
                facet: [names[code] for code in panel.filters[facet]]
                for facet, names in panel.names.items()
                if panel.filters.get(facet)
            },
            sort=panel.sort,
            backwards=panel.backwards,
            shown_only=only,
            chosen=panel.chosen_ids,
            all_shown=bool(panel.chosen) and set(panel.chosen_ids) == set(panel.shown),
            solvers=panel.solvers,
            generators=panel.generators,
            arms=panel.arms,
            prompts_used=panel.prompts_used,
        )


def as_code(state: BenchState, subset: SubsetStudy) -> dict[str, str]:
    """A workbench as Python, as a shell command and as a `study.toml`, which is written.

    Args:
        state: The workbench.
        subset: What it would run.

    Returns:
        `python`, `shell`, `toml` (texts) and `at` (where the file is).
    """
    toml = subset.write(about(state))
    return {
        "python": _python(state),
        "shell": subset.command(),
        "toml": toml.read_text("utf-8"),
        "at": str(toml),
    }


def _python(state: BenchState) -> str:
    """Lines that bring a workbench into this state, run it and read the rows."""
    lines = [
        "from cgr_nb import Study, Workbench",
        "",
        f"workbench = Workbench(Study.open({str(state.folder)!r}))",
    ]
    if state.shown_only is not None:
        lines.append(f"workbench.show_items({list(state.shown_only)!r})")
    if state.query:
        lines.append(f"workbench.query = {state.query!r}")
    for facet, names in state.filters.items():
        lines.append(f"workbench.filter({facet!r}, {', '.join(map(repr, names))})")
    if state.sort != "file order":
        lines.append(f"workbench.sort = {state.sort!r}")
    if state.backwards:
        lines.append("workbench.backwards = True")
    if state.all_shown:
        lines.append("workbench.choose_shown()")
    else:
        lines.append(f"workbench.choose_items({list(state.chosen)!r})")
    lines += [
        f"workbench.solvers = {list(state.solvers)!r}",
        f"workbench.generators = {list(state.generators)!r}",
        f"workbench.arms = {list(state.arms)!r}",
    ]
    if state.prompts_used:
        lines.append(f"workbench.prompts_used = {dict(state.prompts_used)!r}")
    lines += [
        "",
        "pick = workbench.run()",
        "workbench.wait()",
        "study = Study.open(pick.folder)",
        "study.rows()",
    ]
    return "\n".join(lines) + "\n"


def about(state: BenchState) -> list[str]:
    """How the items were picked, in words: comments for a `study.toml`."""
    said = [f"Selected manually in {state.folder.name}: {len(state.chosen):,} items."]
    if state.query:
        said.append(f"Search: {_one_line(state.query)}")
    said += [f"{facet}: {', '.join(map(_one_line, n))}" for facet, n in state.filters.items()]
    if state.sort != "file order":
        said.append(f"Sorted by {state.sort}{', descending' if state.backwards else ''}.")
    if state.prompts_used:
        named = [f"{name}@{version}" for name, version in state.prompts_used.items()]
        said.append(f"Custom prompts: {', '.join(named)}")
    return said


def _one_line(text: str) -> str:
    # A line break or an unseen character would end a comment, or be no TOML.
    return "".join(letter if letter.isprintable() else "?" for letter in text)
