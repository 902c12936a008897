"""The words of reports and panels, each once: `words.json`, which pages read too.

What an arm is stands at the arm (`Arm.summary`), what a finding of an audit is in `audit.findings`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any, NamedTuple

__all__ = [
    "ARM_STATUS_WORDS",
    "ASSISTED_STATUS_WORDS",
    "BEHAVIOUR_WORDS",
    "CHANNEL_WORDS",
    "COMPARISON_WORDS",
    "CONTROL_WORDS",
    "DECIDED_WORDS",
    "DIRECT_STATUS_WORDS",
    "FLIP_WORDS",
    "GLOSSARY",
    "INTRODUCTION",
    "INTRODUCTION_ALONE",
    "PARTITION_WORDS",
    "PROMPT_NAMES",
    "READING_WORDS",
    "REVIEW_STATE_WORDS",
    "RULE_WORDS",
    "RUN_END_WORDS",
    "RUN_WORDS",
    "SORTS",
    "TERMS",
    "UNTRUSTED_WORDS",
    "VERDICT_WORDS",
    "VIEWER_WORDS",
    "WORDS",
    "Named",
]


class Named(NamedTuple):
    """Something with a name of its own beside its id."""

    name: str
    meaning: str


WORDS: Mapping[str, Any] = json.loads(
    resources.files("cgr_nb.words").joinpath("words.json").read_text("utf-8")
)
"""The file as it is."""


def _named(table: str) -> dict[str, Named]:
    return {id: Named(**words) for id, words in WORDS[table].items()}


CHANNEL_WORDS: Mapping[str, Named] = _named("channels")
"""The three answers of a row."""

INTRODUCTION_ALONE: tuple[str, ...] = tuple(WORDS["introduction_alone"])
"""As `INTRODUCTION`, of a study without a generator."""

INTRODUCTION: tuple[str, ...] = tuple(WORDS["introduction"])
"""What a reader of a report must know first, one sentence each."""

COMPARISON_WORDS: Mapping[str, Any] = WORDS["comparison"]
"""Sentences and captions of the comparison of arms."""

CONTROL_WORDS: Mapping[str, str] = WORDS["controls"]
"""Control -> what it is, to stand before its name."""

DIRECT_STATUS_WORDS: Mapping[str, str] = WORDS["direct_status"]

ASSISTED_STATUS_WORDS: Mapping[str, str] = WORDS["assisted_status"]

ARM_STATUS_WORDS: Mapping[str, str] = {
    **{status: words for status, words in ASSISTED_STATUS_WORDS.items() if status != "error"},
    **{status: words for status, words in DIRECT_STATUS_WORDS.items() if status != "error"},
    **WORDS["arm_status"],
}
"""How an arm's answer ended."""

RUN_END_WORDS: Mapping[str, str] = WORDS["run_ends"]
"""Status of a run that gave no letter -> what the program did, to stand behind its name."""

RUN_WORDS: Mapping[str, Any] = WORDS["runs"]
"""Sentences and names of a comparison of two runs."""

RULE_WORDS: Mapping[str | None, str] = WORDS["rules"]
"""Rules that say more to people in words than by their name."""

FLIP_WORDS: Mapping[str, str] = WORDS["flips"]
"""What assistance did to a row."""

PARTITION_WORDS: Mapping[str, str] = WORDS["partitions"]
"""In the order in which a reader should meet them."""

VERDICT_WORDS: Mapping[str, Named] = _named("verdicts")
"""What a person can say of a program, in the order of the keys that say it."""

UNTRUSTED_WORDS: str = WORDS["untrusted"]
"""What stands where Jupyter takes a saved panel out."""

VIEWER_WORDS: Mapping[str, Any] = WORDS["viewer"]
"""Names of the viewer's pages."""

READING_WORDS: Mapping[str, str] = WORDS["reading"]
"""`ProgramAudit.hard_coded` in words; "fallback" where it is "no" and there is a fall-back."""

BEHAVIOUR_WORDS: Mapping[str, str] = WORDS["behaviour"]
"""`Dependence.verdict` in words; "none" where it is None."""

DECIDED_WORDS: Mapping[str, str] = WORDS["decided"]
"""`audit.judgement.Decision.by` in words: what the word of both audits rests on."""

REVIEW_STATE_WORDS: Mapping[str, str] = WORDS["review_states"]
"""How far people are with a program."""

PROMPT_NAMES: tuple[str, ...] = tuple(WORDS["prompts"])
"""Templates that a run may use."""

SORTS: tuple[str, ...] = tuple(WORDS["sorts"])
"""Orders in which items can be listed."""

GLOSSARY: Mapping[str, str] = dict(
    sorted(
        {
            **WORDS["glossary"],
            **{words.name: words.meaning for words in CHANNEL_WORDS.values()},
            **{flip: FLIP_WORDS[flip] for flip in ("gain", "loss")},
        }.items()
    )
)
"""Term -> what it means, one line without a full stop."""

TERMS: tuple[tuple[str, str], ...] = tuple(
    (title, f"{GLOSSARY[key]}.") for title, key in WORDS["terms"]
)
"""What a reader of a report must know, in order: title and meaning."""
