"""What the items of a source are called, where neither a row nor a person says it.

The name is the source's own (a harness log's task), or that of its file. A file that is only called
after a part of a set, such as "test.jsonl", is named after its folder. It is never the name of
another set.
"""

from __future__ import annotations

import re
from pathlib import Path

from cgr_nb.items.names import bare
from cgr_nb.items.readers import PACKED, SUFFIXES

__all__ = ["is_named_after", "source_dataset"]

_PARTS = frozenset(
    (
        *("test", "train", "training", "dev", "val", "valid", "validation", "eval", "evaluation"),
        *("data", "main", "default", "all", "part", "of", "split", "default", "raw", "processed"),
    )
)
_MORE = frozenset(
    (
        *("sample", "samples", "first", "dataset", "set", "us", "opt", "options", "choice", "hf"),
        *("llm", "adapters", "complete", "full", "mini", "csv", "json", "jsonl", "public", "v"),
    )
)
_HARNESS = re.compile(r"samples_(?P<task>.+?)_\d{4}-\d\d-\d\dT[\d\-.:]+")
_INSPECT = re.compile(r"\d{4}-\d\d-\d\dT[\d\-+:.]+_(?P<task>.+)_[A-Za-z0-9]{3,}")
_WORD = re.compile(r"[a-z]+|\d+")


def source_dataset(source: object, own: str | None) -> str:
    """Return a dataset's name for the items of a source.

    Args:
        source: The path, frame or dataset.
        own: What the source calls itself; None when it does not.
    """
    if own:
        return own
    if not isinstance(source, str | Path):
        return "frame" if hasattr(source, "to_dict") else "dataset"
    stem = _stem(Path(source))
    for pattern in (_HARNESS, _INSPECT):
        match = pattern.fullmatch(stem)
        if match:
            return match["task"]
    names = [stem, *(folder.name for folder in Path(source).absolute().parents)]
    for name in names[:4]:
        words = _WORD.findall(name.lower())
        if any(not word.isdigit() and word not in _PARTS for word in words):
            return name
    return stem


def is_named_after(source: object, adapter: str, configs: set[str]) -> bool:
    """Tell whether a file, or its folder, is called after an adapter's dataset: nothing else is in
    the name but a part, a number or a config of it."""
    if not isinstance(source, str | Path):
        return True
    path = Path(source).absolute()
    wanted = bare(adapter)
    if bare(path.parent.name) == wanted or bare(path.parent.parent.name) == wanted:
        return True
    short = bare(_stem(path))
    if not short.startswith(wanted):
        return False
    rest = short.removeprefix(wanted)
    for config in sorted(map(bare, configs), key=len, reverse=True):
        rest = rest.removeprefix(config)
    return not any(
        not word.isdigit() and word not in _PARTS | _MORE and not _is_made_of_parts(word)
        for word in _WORD.findall(rest)
    )


def _is_made_of_parts(word: str) -> bool:
    """Tell whether a word is several known ones without a separator: "testsample"."""
    if not word:
        return True
    return any(
        word.startswith(part) and _is_made_of_parts(word.removeprefix(part))
        for part in _PARTS | _MORE
    )


def _stem(path: Path) -> str:
    name = path.name
    while Path(name).suffix.lower() in (*SUFFIXES, *PACKED):
        name = Path(name).stem
    return name
