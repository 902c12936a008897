"""The items of a study: which files, which sample of them, which are set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from glob import glob
from pathlib import Path

from cgr_nb.arms import derive_seed
from cgr_nb.errors import ConfigError
from cgr_nb.items import ItemFile, ItemSet, permuted, question_key, read_items, sample_items
from cgr_nb.records import Item
from cgr_nb.study.config import BUNDLED, StudyConfig
from cgr_nb.util.bundled import bundled_folder

__all__ = ["by_dataset", "item_files", "item_sources", "read_study_items", "study_items"]


def study_items(config: StudyConfig) -> tuple[Item, ...]:
    """The items of a config, read and checked; no model is looked up.

    Raises:
        ConfigError, ItemError: As `resolve_inputs`.
    """
    config.check()
    return read_study_items(config)[1]


def read_study_items(
    config: StudyConfig,
) -> tuple[ItemSet, tuple[Item, ...], dict[str, tuple[Item, ...]]]:
    """All rows of the item files, the items that are asked, and those set aside by dataset.

    Raises:
        ConfigError: A pattern matches no file, a dataset is too small, or no item is left.
        ItemError: A file can't be read at all.
    """
    item_set = read_items(item_sources(config), config.items.adapter, seed=config.seed)
    items, support = _set_aside(config, _with_form(config, item_set.items))
    if config.items.per_dataset is not None:
        items = sample_items(items, config.items.per_dataset, config.seed)
    items = permuted(items, config.items.permutations, config.seed)
    if not items:
        raise ConfigError(
            "no item left to run",
            where="items.files",
            got=", ".join((*config.items.files, *(file.path for file in config.items.file))),
            fix="see `cgr-nb items check` for the reasons",
        )
    return item_set, tuple(items), support


def _with_form(config: StudyConfig, items: Sequence[Item]) -> list[Item]:
    """Items with the form of their answer. A dataset is of one form: an item's own gold must not
    say how it is asked."""
    if config.items.multi is None:
        return list(items)
    several = {item.dataset for item in items if item.gold is not None and len(item.gold) > 1}
    return [replace(item, multi=True) if item.dataset in several else item for item in items]


def _set_aside(
    config: StudyConfig, items: Sequence[Item]
) -> tuple[list[Item], dict[str, tuple[Item, ...]]]:
    """The items that are left, and those set aside of each dataset.

    Raises:
        ConfigError: A dataset has too few.
    """
    count = config.support.per_dataset
    if not count:
        return list(items), {}
    # What recurs would show its answer to the item that is left.
    asked = Counter(map(question_key, items))
    found: dict[str, tuple[Item, ...]] = {}
    for dataset in dict.fromkeys(item.dataset for item in items):
        fit = [
            item
            for item in items
            if item.dataset == dataset
            and item.gold
            and (item.multi or len(item.gold) == 1)  # else nothing could be right
            and asked[question_key(item)] == 1
        ]
        fit.sort(key=lambda item: _draw_key(config.seed, item))
        if len(fit) <= count:
            raise ConfigError(
                f"dataset {dataset!r} is too small to set support items aside",
                where="support.per_dataset",
                got=f"{len(fit)} labelled items whose question does not recur, {count} wanted",
                fix="lower it, or give more items",
            )
        found[dataset] = tuple(replace(item, use="support") for item in fit[:count])
    aside = {item.id for some in found.values() for item in some}
    return [item for item in items if item.id not in aside], found


def by_dataset(seed: int, support: Iterable[Item]) -> dict[str, tuple[Item, ...]]:
    """Items that were set aside, by dataset, in the order in which they were drawn."""
    found: dict[str, list[Item]] = {}
    for item in sorted(support, key=lambda item: _draw_key(seed, item)):
        found.setdefault(item.dataset, []).append(item)
    return {dataset: tuple(items) for dataset, items in found.items()}


def _draw_key(seed: int, item: Item) -> tuple[int, str]:
    # By what a model sees, so that gold does not choose.
    return derive_seed(seed, "support", item.question), item.question


def item_files(config: StudyConfig) -> list[Path]:
    """The item files of a config, patterns resolved, each once, in the order in which they are
    named."""
    return [Path(source.path) for source in item_sources(config)]


def item_sources(config: StudyConfig) -> list[ItemFile]:
    """The item files of a config with what is said about reading each, in the order in which they
    are named; the last table that names a file tells."""
    found: dict[Path, ItemFile] = {}
    for pattern in config.items.files:
        for path in _matches(config, pattern):
            found.setdefault(path, ItemFile(str(path), gold=config.items.gold))
    for table in config.items.file:
        for path in _matches(config, table.path):
            found[path] = replace(table, path=str(path), gold=table.gold or config.items.gold)
    return list(found.values())


def _matches(config: StudyConfig, pattern: str) -> list[Path]:
    named = pattern
    if pattern.startswith(BUNDLED):
        base, pattern = bundled_folder("items"), pattern.removeprefix(BUNDLED)
    else:
        base = Path(config.base)
    # A name that is there is meant as it stands, brackets and all; folders are never patterns.
    literal = (base / pattern).is_file()
    matches = [pattern] if literal else sorted(glob(pattern, root_dir=base, recursive=True))
    if not matches:
        raise ConfigError(
            "no such item file",
            where="items.files",
            got=repr(named),
            fix=f"paths start from {base}",
        )
    return [base / match for match in matches]
