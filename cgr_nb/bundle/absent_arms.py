"""Arms of a package's study that can't be made here: nobody can check what they gave, and that is
no mark against the package."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cgr_nb.arms.interface import Arm
from cgr_nb.arms.roster import ArmChoice, arm_class, make_arm
from cgr_nb.errors import ConfigError
from cgr_nb.study import StudyConfig

__all__ = ["absent_arms", "without_arms"]


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


def without_arms(config: StudyConfig, names: Iterable[str]) -> StudyConfig:
    """The same settings with some arms left out."""
    gone = set(names)
    return replace(
        config,
        arms=tuple(name for name in config.arms if name not in gone),
        arm={name: table for name, table in config.arm.items() if name not in gone},
    )


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
