"""What registries and lists of words of the package tell about themselves."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib.metadata import EntryPoint

from cgr_nb.analysis.band import BAND_VARIANTS
from cgr_nb.analysis.frame import REASONS as NOT_RETAINED
from cgr_nb.arms import arm_summaries, channel_summaries
from cgr_nb.arms.roster import arm_class, parameters_type
from cgr_nb.audit.findings import FINDINGS
from cgr_nb.items import REASONS, dataset_sources
from cgr_nb.items.adapter import adapters
from cgr_nb.util.plugins import plugins
from cgr_nb.words import TERMS, WORDS
from parts.pieces import cell, code, table
from parts.settings import keys_table

__all__ = [
    "adapters_table",
    "arms_reference",
    "arms_table",
    "backends_table",
    "band_table",
    "channels_table",
    "datasets_table",
    "findings_table",
    "not_retained_table",
    "rejections_table",
    "statuses_table",
    "terms_table",
    "verdicts_table",
]


def adapters_table() -> str:
    """Adapters of item files."""
    return table(
        ("adapter", "what it reads"),
        ((code(name), cell(one.about)) for name, one in sorted(adapters().items())),
    )


def datasets_table() -> str:
    """The nine datasets of the paper's study."""
    return table(
        ("name", "what it is", "licence", "what is known of its address"),
        (
            (code(one.name), cell(one.about), cell(one.licence), cell(one.checked))
            for one in dataset_sources().values()
        ),
    )


def rejections_table() -> str:
    """Why a row is no item."""
    return _words("reason", REASONS)


def channels_table() -> str:
    """The three channels."""
    return table(
        ("channel", "arm", "who answers"),
        (
            (cell(WORDS["channels"][name]["name"]), code(arm), cell(summary))
            for name, (arm, summary) in zip(
                WORDS["channels"], channel_summaries().items(), strict=True
            )
        ),
    )


def arms_table() -> str:
    """All arms beside the channels, in one line each."""
    return table(
        ("arm", "the question that it answers", "how"),
        (
            (f"[`{name}`](#{name})", cell(_question(name)), cell(summary))
            for name, summary in arm_summaries().items()
            if name in _ours("cgr_nb.arms")
        ),
    )


def _ours(group: str) -> Mapping[str, EntryPoint]:
    """Entry points of this package: what else is installed where the site is built has its own."""
    points = plugins(group)
    return {name: point for name, point in points.items() if point.value.startswith("cgr_nb.")}


def arms_reference() -> str:
    """Every arm: its module's own words, who has a part in it, its parameters."""
    parts = []
    for name in _ours("cgr_nb.arms"):
        arm = arm_class(name)
        told = inspect.getdoc(inspect.getmodule(arm)) or ""
        keys = keys_table(name) or "It has no parameters of its own."
        roles = " and ".join(arm(parameters_type(arm)()).roles)
        parts += [f"### `{name}` {{ #{name} }}", "", told, "", f"Models: {roles}.", "", keys, ""]
    return "\n".join(parts)


def backends_table() -> str:
    """Backends of models."""
    return table(
        ("backend", "what it is"),
        (
            (code(name), cell(_first_line(inspect.getmodule(point.load()))))
            for name, point in _ours("cgr_nb.models").items()
        ),
    )


def statuses_table() -> str:
    """How a run of a program may end."""
    return _words("status", WORDS["assisted_status"])


def terms_table() -> str:
    """What a reader of a report must know."""
    return table(("term", "meaning"), ((cell(name), cell(text)) for name, text in TERMS))


def band_table() -> str:
    """Treatments of answers that could not be read."""
    return _words("treatment", BAND_VARIANTS)


def not_retained_table() -> str:
    """Why a row is in no number."""
    return _words("reason", NOT_RETAINED)


def verdicts_table() -> str:
    """What an audit may say of a program."""
    return table(
        ("verdict", "meaning"),
        ((cell(one["name"]), cell(one["meaning"])) for one in WORDS["verdicts"].values()),
    )


def findings_table() -> str:
    """What audits count."""
    return _words("finding", FINDINGS)


def _words(noun: str, words: Mapping[str, str]) -> str:
    return table((noun, "meaning"), ((code(name), cell(text)) for name, text in words.items()))


def _question(name: str) -> str:
    return _first_line(arm_class(name))


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")
