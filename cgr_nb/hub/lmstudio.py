"""LM Studio's store: `lmstudio:PUBLISHER/NAME`, or `lmstudio:PUBLISHER/NAME/FILE.gguf`.

Models lie as files in ~/.lmstudio/models (older: ~/.cache/lm-studio/models), in a folder of each
publisher; ~/.lmstudio-home-pointer names another home of LM Studio.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cgr_nb.hub.located import DownloadError, WeightFile
from cgr_nb.hub.split_files import part_number, split_files
from cgr_nb.hub.strict_json import BadFile, read_small
from cgr_nb.hub.walking import Walk

__all__ = ["lmstudio_models", "lmstudio_stores", "locate_lmstudio"]

_FORM = re.compile(r"lmstudio:(?P<folder>[^/\x00-\x1f\x7f]+/[^/\x00-\x1f\x7f]+)(?:/(?P<file>.+))?")
_DEPTH = 4


def locate_lmstudio(source: str) -> WeightFile:
    """The weights of a model of LM Studio.

    Raises:
        DownloadError: It is not there, or its folder has several.
        ModelError: A part of split weights is missing.
    """
    found = _FORM.fullmatch(source)
    if found is None or ".." in source.partition(":")[2].split("/"):
        raise DownloadError(
            "not the name of a model of LM Studio",
            got=repr(source)[:200],
            fix="write it as `lms ls` does: lmstudio:PUBLISHER/NAME, with /FILE.gguf if need be",
        )
    walk = Walk()
    here = [one for one in lmstudio_models(walk) if _is_of(one.source, source)]
    if found["file"] is None and len(here) > 1:
        # A model that sees has its projector beside it.
        here = [one for one in here if "mmproj" not in one.path.name.lower()] or here
    if len(here) == 1:
        split_files(here[0].path)
        return here[0]
    raise DownloadError(
        "LM Studio has several files of this model" if here else "LM Studio has no such model here",
        where=source,
        got=", ".join(one.path.name for one in here[:20]) or None,
        fix=f"name one: {here[0].source}"
        if here
        else f"see `lms ls`; looked in {', '.join(map(str, lmstudio_stores())) or 'no folder'}",
    )


def lmstudio_models(walk: Walk) -> Iterator[WeightFile]:
    """The weights of all models of LM Studio."""
    for store in lmstudio_stores():
        for path in walk.weights(store, depth=_DEPTH):
            if len(path.relative_to(store).parts) >= 3:
                yield WeightFile((path,), f"lmstudio:{path.relative_to(store).as_posix()}")


def lmstudio_stores() -> list[Path]:
    """Folders of models that are there."""
    try:
        home = Path.home()
    except RuntimeError:
        return []
    homes = [home / ".lmstudio", home / ".cache" / "lm-studio"]
    try:
        stated = read_small(home / ".lmstudio-home-pointer", 4_096).decode("utf-8").strip()
        if stated and "\0" not in stated:
            homes.insert(0, Path(stated))
    except (OSError, BadFile, ValueError):
        pass
    stores: list[Path] = []
    for one in homes:
        try:
            if one.joinpath("models").is_dir() and one / "models" not in stores:
                stores.append(one / "models")
        except OSError:
            continue
    return stores


def _is_of(source: str, wanted: str) -> bool:
    """Whether a file is the one that is named, or in the folder that is; a part stands for all."""
    if source == wanted or source.startswith(f"{wanted}/"):
        return True
    one, other = (part_number(name.rpartition("/")[2]) for name in (source, wanted))
    same_folder = source.rpartition("/")[0] == wanted.rpartition("/")[0]
    return one is not None and other is not None and same_folder and one[0] == other[0]
