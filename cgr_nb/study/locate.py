"""Where a study is: from what a person names to its config and folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cgr_nb.study.config import StudyConfig
from cgr_nb.study.run import CONFIG_NAME

__all__ = ["locate_study", "several"]


def locate_study(
    config: StudyConfig | Mapping[str, Any] | str | Path, folder: str | Path | None
) -> tuple[StudyConfig, Path]:
    """The config, and the folder where its study goes."""
    if isinstance(config, (str, Path)):
        path = Path(config)
        if path.is_dir():
            path /= CONFIG_NAME
        config = StudyConfig.load(path)
        folder = folder if folder is not None else path.parent
    elif not isinstance(config, StudyConfig):
        config = StudyConfig.from_dict(config)
    return config, Path(folder) if folder is not None else Path(config.name)


def several(names: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several, as several."""
    return (names,) if isinstance(names, str) else tuple(names)
