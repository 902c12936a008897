"""Arms of a study as they can be had here: some may not be installed, and nobody can check what
those gave. That is no mark against the study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cgr_nb.answer_record import control_name
from cgr_nb.arms.interface import Arm
from cgr_nb.arms.roster import ArmChoice, arm_class, arm_summaries, make_arm
from cgr_nb.errors import ConfigError
from cgr_nb.study.config import StudyConfig
from cgr_nb.util.plugins import packages_at_rest

__all__ = ["absent_arms", "arm_kinds", "arm_remarks", "arm_words", "without_arms"]


_OF_CONTROLS = {
    "stub": "its programs with a solver that answers at random",
    "foreign": "with what the generator wrote for another item of the dataset",
}


@packages_at_rest()
def absent_arms(config: StudyConfig) -> dict[str, str]:
    """Arms that are not installed here, or need one that is not.

    Args:
        config: The settings, whose arms nobody has seen to yet.

    Returns:
        Arm -> why, in words. Whatever else is wrong with an arm is left for `StudyConfig.check`.
    """
    found: dict[str, str] = {}
    for name in config.arms:
        kind = config.arm.get(name, {}).get("kind", name)
        if isinstance(kind, str) and (why := _why_not(kind)):
            found[name] = why
    needs = _needs(config, found)
    while more := {
        name: f"it needs arm {need!r}"
        for name, needed in needs.items()
        if name not in found
        for need in needed
        if need in found or (need not in needs and _why_not(need))
    }:
        found |= more
    return found


def arm_remarks(config: StudyConfig) -> list[str]:
    """What is to be said of arms that are not installed here, a line each."""
    return [
        f"arm {name} is not installed here ({why}): its answers are shown as recorded"
        for name, why in absent_arms(config).items()
    ]


def arm_kinds(config: StudyConfig) -> dict[str, str]:
    """Arm, as the study names it -> its kind."""
    kinds = {name: config.arm.get(name, {}).get("kind", name) for name in config.arms}
    return {name: kind for name, kind in kinds.items() if isinstance(kind, str)}


@packages_at_rest()
def arm_words(config: StudyConfig) -> dict[str, str]:
    """Arm, as the study names it -> what it asks and controls for, in one line."""
    kinds = arm_kinds(config)
    found = arm_summaries(kinds)
    for name in config.arms:
        table = config.arm.get(name, {})
        # Arms of one kind are told apart by what the study sets.
        if name in found and kinds.get(name) != name:
            found[name] = f"{found[name]} ({_settings(table)})"
        said = table.get("control", ())
        for control in said if isinstance(said, list | tuple) else ():
            if control in _OF_CONTROLS:
                found[control_name(name, control)] = f"{name}, {_OF_CONTROLS[control]}"
    return found


def without_arms(config: StudyConfig, names: Iterable[str]) -> StudyConfig:
    """The same settings with some arms left out."""
    gone = set(names)
    return replace(
        config,
        arms=tuple(name for name in config.arms if name not in gone),
        arm={name: table for name, table in config.arm.items() if name not in gone},
        report=replace(
            config.report,
            primary=tuple(name for name in config.report.primary if name not in gone),
        ),
    )


def _settings(table: Mapping[str, object]) -> str:
    """The kind of an arm and the settings that are given it, short."""
    given = [
        f"{key} {'yes' if value is True else 'no' if value is False else value}"
        for key, value in table.items()
        if isinstance(value, str | int | float) and key != "kind"
    ]
    return ", ".join([str(table["kind"]), *given])


def _why_not(kind: str) -> str:
    """Why there is no such arm; empty when there is."""
    try:
        arm_class(kind)
    except ConfigError as error:
        return error.what
    return ""


def _made(choice: ArmChoice) -> Arm:
    return make_arm(arm_class(choice.kind), choice.parameters, choice.name)


def _needs(config: StudyConfig, absent: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Arm -> those that it is given answers of, of the arms that can be made."""
    try:
        choices = without_arms(config, absent).arm_choices()
        return {choice.name: tuple(getattr(_made(choice), "needs", ())) for choice in choices}
    except ConfigError:
        return {}
