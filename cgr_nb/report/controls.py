"""How the scaffold does beside the other arms, as lines of the headline."""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.analysis.arm_comparison import ArmLine
from cgr_nb.analysis.summary import Summary
from cgr_nb.answer_record import arm_of
from cgr_nb.report.comparison import joint_ci, significance
from cgr_nb.report.limits import matched_arms
from cgr_nb.report.number_text import capital, percent, points
from cgr_nb.words import COMPARISON_WORDS, CONTROL_WORDS

__all__ = ["control_lines"]

_NO_CONTROL = ("direct", "cgr")
_VOTES = ("consensus", "code_t")
"""Arms that build on several scaffolds: they compete with one scaffold and control for nothing."""
_ALWAYS_TOLD = ("self_consistency", "generator_only")
_BUDGETED = ("self_consistency", "scored_ensemble")
"""Controls that may spend what the scaffold spends."""


def control_lines(summary: Summary) -> list[str]:
    """The best control, and what else a reader must know: self-consistency, the generator alone,
    and whatever else the scaffold does not beat."""
    comparison = summary.comparison
    if comparison is None or comparison.reference != "cgr":
        return _generator_alone(summary)
    if not comparison.is_whole:
        rows, of = f"{comparison.rows:,}", f"{comparison.rows_of:,}"
        told = COMPARISON_WORDS["not_whole"].format(rows=rows, rows_of=of)
        return [told, *_generator_alone(summary)]
    lines = [line for line in comparison.lines if line.versus and line.arm not in _NO_CONTROL]
    controls = [line for line in lines if arm_of(line.arm) not in _VOTES]
    best = max(controls, key=lambda line: line.accuracy, default=None)
    told, many = [], comparison.comparisons
    matched, _ = matched_arms(summary)
    if best is not None:
        told.append(f"Best control: {_versus(best, matched, many)}.")
    others = [line for line in lines if line is not best]
    always = [_versus(line, matched, many) for line in others if line.arm in _ALWAYS_TOLD]
    rest = _not_beaten([line for line in others if line.arm not in _ALWAYS_TOLD], many)
    if always or rest:
        told.append(f"Other arms: {'. '.join([*map(capital, always), *rest])}.")
    return told


def _generator_alone(summary: Summary) -> list[str]:
    """What the generator reaches by itself, where no arms are compared."""
    macro = summary.told.macro
    if macro is None:
        return []
    difference = points(100 * (macro.A_a - macro.A_g))
    return [f"Generator alone: {percent(macro.A_g)}; assisted minus generator, {difference} pp."]


def _name(line: ArmLine, matched: Sequence[str]) -> str:
    """What the arm is, with its name in the study."""
    words = CONTROL_WORDS.get(line.arm)
    name = f"{words} ({line.arm})" if words else line.arm
    if line.arm not in _BUDGETED:
        return name
    budget = "a matched call budget" if line.arm in matched else f"{line.calls:.1f} calls per item"
    return f"{name} at {budget}"


def _versus(line: ArmLine, matched: Sequence[str], comparisons: int) -> str:
    """An arm's accuracy, how the scaffold differs from it, and whether significantly."""
    assert line.versus is not None
    versus = line.versus
    low, high = versus.simultaneous.low_pp, versus.simultaneous.high_pp
    moved, ci = points(versus.difference_pp), joint_ci(versus, comparisons)
    beginning = f"{_name(line, matched)} scores {percent(line.accuracy)}"
    if low is None or high is None:
        return f"{beginning}; the scaffold's difference from it is {moved} pp ({ci})"
    if high < 0:
        return f"{beginning}, significantly more than the scaffold (difference {moved} pp, {ci})"
    if low > 0:
        return f"{beginning}; the scaffold's advantage over it is {moved} pp ({ci})"
    known = "; ".join(part for part in (ci, significance(versus)) if part)
    return (
        f"{beginning}; the scaffold's difference from it, {moved} pp, is not significant ({known})"
    )


def _not_beaten(lines: Sequence[ArmLine], comparisons: int) -> list[str]:
    """Arms that are better, and those that are not significantly different."""
    better, alike = [], []
    for line in lines:
        if line.versus is None or line.versus.simultaneous.low_pp is None:
            continue
        joint, moved = line.versus.simultaneous, points(line.versus.difference_pp)
        if joint.one_sided and line.versus.difference_pp < 0:
            better.append(
                f"{line.arm}, {percent(line.accuracy)} ({moved} pp,"
                f" {joint_ci(line.versus, comparisons)})"
            )
        elif not joint.one_sided:
            known = "; ".join(part for part in (f"{moved} pp", significance(line.versus)) if part)
            alike.append(f"{line.arm}, {percent(line.accuracy)} ({known})")
    told = []
    if better:
        told.append(f"Significantly better than the scaffold: {', '.join(better)}")
    if alike:
        told.append(f"Not significantly different from the scaffold: {', '.join(alike)}")
    return told
