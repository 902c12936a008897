"""What was picked by hand, as a study of its own: a folder that `Study.run` and `cgr-nb` run too.

A pick lives in `picks/<name>` of the study it was made from, with its items in `items.jsonl` and
the prompts that were edited for it in `prompts`. The name is a hash of items, models, prompts and
arms, so the same pick is the same folder and goes on where it stopped; settings, seeds and limits
are those of the study.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cgr_nb.errors import ConfigError
from cgr_nb.records import Item, content_id
from cgr_nb.study.config import ItemSource, ModelChoice, ReportOptions, StudyConfig

__all__ = ["PICKS", "Choice", "SubsetStudy", "make_subset", "subset_folders"]

PICKS = "picks"
"""Folder of a study that holds its subsets."""
PROMPTS = "prompts"


@dataclass(frozen=True, slots=True)
class Choice:
    """With what the items are to be run."""

    solvers: tuple[str, ...]
    generators: tuple[str, ...]
    """Registry names."""
    arms: tuple[str, ...] = ()
    """Other ways to answer, beside direct and assisted."""
    prompts: Mapping[str, str] = field(default_factory=dict)
    """ "profile/name@version" of each edited template -> its text."""


@dataclass(frozen=True, slots=True)
class SubsetStudy:
    """Some items with some models, prompts and arms."""

    config: StudyConfig
    folder: Path
    items: tuple[Item, ...]
    copy_prompts: Callable[[Path], object] | None = None
    """Puts the edited templates into a folder; None when none are."""

    def write(self, about: Sequence[str] = ()) -> Path:
        """Put `items.jsonl`, prompts and, where there is none yet, `study.toml` into the folder.

        Args:
            about: Lines that say how the items were picked: comments of the `study.toml`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(_plain(item), ensure_ascii=True) for item in self.items]
        text = "\n".join(lines) + "\n"
        (self.folder / "items.jsonl").write_text(text, "utf-8", newline="\n")
        if self.copy_prompts is not None:
            self.copy_prompts(self.folder / PROMPTS)
        toml = self.folder / "study.toml"
        if not toml.exists():
            first, rest = self.config.to_toml().split("\n", 1)
            comments = "".join(f"# {line}\n" for line in about)
            toml.write_text(f"{first}\n{comments}{rest}", "utf-8", newline="\n")
        return toml

    def command(self) -> str:
        """The run for a shell."""
        return f"cgr-nb study run {self.folder / 'study.toml'}\n"


def make_subset(
    config: StudyConfig,
    folder: Path,
    items: Sequence[Item],
    choice: Choice,
    copy_prompts: Callable[[Path], object] | None = None,
) -> SubsetStudy:
    """Describe a pick; nothing is written.

    Args:
        config: Config of the study the items come from.
        folder: That study's folder.
        items: What to run.
        choice: With what.
        copy_prompts: Puts the templates of `choice.prompts` into a folder.

    Raises:
        ConfigError: No items, solvers or generators are chosen.
    """
    solvers, generators = choice.solvers, choice.generators
    for name, chosen in (("items", items), ("solvers", solvers), ("generators", generators)):
        if not chosen:
            raise ConfigError(f"no {name} are chosen", fix=f"tick at least one of the {name}")
    parts: list[object] = [sorted(item.id for item in items), list(solvers), list(generators)]
    if choice.arms or choice.prompts:
        parts += [list(choice.arms), dict(choice.prompts)]
    name = content_id("pick", *parts)[:8]
    place = folder.resolve() / PICKS / name
    moved = replace(config, base=str(folder.resolve())).relocated(place)
    picked = replace(
        moved,
        name=f"pick-{name}",
        items=ItemSource(
            files=("items.jsonl",),
            adapter="generic",
            gold=None if any(item.gold for item in items) else "none",
        ),
        models=ModelChoice(solvers, generators, moved.models.registry),
        arms=choice.arms,
        report=ReportOptions(),
        prompts=PROMPTS if choice.prompts else moved.prompts,
    )
    return SubsetStudy(picked, place, tuple(items), copy_prompts if choice.prompts else None)


def subset_folders(folder: Path) -> list[Path]:
    """Folders of all picks of a study that have been run."""
    return sorted(path.parent for path in (folder / PICKS).glob("*/study.sqlite"))


def _plain(item: Item) -> dict[str, object]:
    return {
        "id": item.meta.get("id", item.id) if item.meta else item.id,
        "dataset": item.dataset,
        "config": item.config,
        "question": item.question,
        "context": item.context,
        "options": dict(item.options),
        "gold": None if item.gold is None else list(item.gold),
    }
