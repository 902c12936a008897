"""What was picked by hand, as a study of its own: a folder that `Study.run` and `cgr-nb` run too.

A pick lives in `picks/<name>` of the study it was made from, with its items in `items.jsonl`. The
name is a hash of the items and models, so the same pick is the same folder and goes on where it
stopped; settings, seeds and limits are those of the study.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cgr_nb.errors import ConfigError
from cgr_nb.records import Item, content_id
from cgr_nb.study import StudyConfig
from cgr_nb.study.config import ItemSource, ModelChoice

__all__ = ["Pick", "make_pick", "pick_folders"]

PICKS = "picks"


@dataclass(frozen=True, slots=True)
class Pick:
    """Some items with some models."""

    config: StudyConfig
    folder: Path
    items: tuple[Item, ...]

    def write(self) -> Path:
        """Put `items.jsonl` and, where there is none yet, `study.toml` into the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(_plain(item), ensure_ascii=True) for item in self.items]
        (self.folder / "items.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        toml = self.folder / "study.toml"
        if not toml.exists():
            toml.write_text(self.config.to_toml(), "utf-8")
        return toml

    def python(self) -> str:
        """Lines of Python that run the pick and read it."""
        path = str(self.folder / "study.toml")
        return f"from cgr_nb import Study\n\nstudy = Study.run({path!r})\nstudy.rows()\n"

    def command(self) -> str:
        """The same for a shell."""
        return f"cgr-nb study run {self.folder / 'study.toml'}\n"


def make_pick(
    config: StudyConfig,
    folder: Path,
    items: Sequence[Item],
    solvers: Sequence[str],
    generators: Sequence[str],
) -> Pick:
    """Describe a pick; nothing is written.

    Args:
        config: Config of the study the items come from.
        folder: That study's folder.
        items: What to run.
        solvers: Registry names.
        generators: Registry names.

    Raises:
        ConfigError: No items, solvers or generators are chosen.
    """
    for name, chosen in (("items", items), ("solvers", solvers), ("generators", generators)):
        if not chosen:
            raise ConfigError(f"no {name} are chosen", fix=f"choose at least one of the {name}")
    name = content_id("pick", sorted(item.id for item in items), list(solvers), list(generators))[
        :8
    ]
    place = folder.resolve() / PICKS / name
    moved = replace(config, base=str(folder.resolve())).relocated(place)
    source = ItemSource(files=("items.jsonl",), adapter="generic")
    models = ModelChoice(tuple(solvers), tuple(generators), moved.models.registry)
    picked = replace(moved, name=f"pick-{name}", items=source, models=models)
    return Pick(picked, place, tuple(items))


def pick_folders(folder: Path) -> list[Path]:
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
