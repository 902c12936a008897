"""How the scaffold does beside its controls, as sentences of the headline."""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.analysis.arm_comparison import ArmLine, ArmVersus
from cgr_nb.analysis.summary import Summary
from cgr_nb.answer_record import arm_of
from cgr_nb.report.comparison import joint_ci, significance
from cgr_nb.report.limits import matched_arms
from cgr_nb.report.number_text import percent, points
from cgr_nb.words import COMPARISON_WORDS, CONTROL_WORDS

__all__ = ["control_sentences", "generator_sentence"]

_WITH_PROGRAM = ("stub_solver", "foreign_scaffold", "pal", "consensus", "code_t")
_NO_CONTROL = ("direct", "cgr", "generator_only")
_VOTE = "self_consistency"
_MATCHED = (_VOTE, "scored_ensemble")
"""Controls that may spend what the scaffold spends."""


def control_sentences(summary: Summary) -> list[str]:
    """The best control without a program of the generator, the vote, and what else the scaffold
    does not beat; nothing where the scaffold was not compared."""
    comparison = summary.comparison
    if comparison is None or comparison.reference != "cgr":
        return []
    if not comparison.is_whole:
        rows, of = f"{comparison.rows:,}", f"{comparison.rows_of:,}"
        return [COMPARISON_WORDS["not_whole"].format(rows=rows, rows_of=of)]
    lines = {line.arm: line for line in comparison.lines if line.versus}
    controls = {arm: line for arm, line in lines.items() if arm not in _NO_CONTROL}
    plain = [line for arm, line in controls.items() if arm_of(arm) not in _WITH_PROGRAM]
    best = max(plain, key=lambda line: line.accuracy, default=None)
    vote = controls.get(_VOTE)
    named = dict.fromkeys(line.arm for line in (best, vote) if line is not None)
    matched, _ = matched_arms(summary)
    many = comparison.comparisons
    told = [_control(controls[arm], arm in matched, many) for arm in named]
    return told + _not_beaten([line for arm, line in controls.items() if arm not in named])


def _control(line: ArmLine, matched: bool, comparisons: int) -> str:
    name = CONTROL_WORDS.get(line.arm, "The control")
    budget = ""
    if line.arm in _MATCHED:
        budget = (
            " at a matched call budget" if matched else f" with {line.calls:.1f} calls per item"
        )
    assert line.versus is not None
    versus = _versus(line.versus, comparisons)
    return f"{name}{budget} ({line.arm}) reaches {percent(line.accuracy)}; {versus}."


def _versus(versus: ArmVersus, comparisons: int) -> str:
    """How the scaffold differs from a control, and whether significantly."""
    low, high = versus.simultaneous.low_pp, versus.simultaneous.high_pp
    moved, ci = points(versus.difference_pp), joint_ci(versus, comparisons)
    if low is None or high is None:
        return f"the scaffold's difference from it is {moved} pp ({ci})"
    if high < 0:
        return f"it does better than the scaffold, whose difference from it is {moved} pp ({ci})"
    if low > 0:
        return f"the scaffold's advantage over it is {moved} pp ({ci})"
    noun = "advantage over it" if versus.difference_pp > 0 else "difference from it"
    known = "; ".join(part for part in (ci, significance(versus)) if part)
    return f"the scaffold's {noun}, {moved} pp, is not significant ({known})"


def _not_beaten(lines: Sequence[ArmLine]) -> list[str]:
    better, alike = [], []
    for line in lines:
        if line.versus is None or line.versus.simultaneous.low_pp is None:
            continue
        joint = line.versus.simultaneous
        if joint.one_sided and line.versus.difference_pp < 0:
            better.append(f"{line.arm} ({percent(line.accuracy)})")
        elif not joint.one_sided:
            known = significance(line.versus)
            words = "; ".join(part for part in (percent(line.accuracy), known) if part)
            alike.append(f"{line.arm} ({words})")
    told = []
    if better:
        told.append(f"Significantly better than the scaffold: {', '.join(better)}.")
    if alike:
        told.append(f"The scaffold is not significantly different from {', '.join(alike)}.")
    return told


def generator_sentence(summary: Summary) -> str:
    """What the generator reaches alone, and how far the scaffold is from it; empty where nothing
    is known of it."""
    macro = summary.told.macro
    comparison = summary.comparison
    lines = comparison.lines if comparison else ()
    line = next((line for line in lines if line.arm == "generator_only" and line.versus), None)
    if line is not None and line.versus is not None:
        accuracy, difference = line.accuracy, line.versus.difference_pp
        interval = joint_ci(line.versus, comparison.comparisons if comparison else 1)
        ci = f" (difference {points(difference)} pp, {interval})"
    elif macro is not None:
        accuracy, difference, ci = macro.A_g, 100 * (macro.A_a - macro.A_g), ""
    else:
        return ""
    side = "below" if difference < 0 else "above"
    return (
        f"The generator's own answers reach {percent(accuracy)}; the scaffold is"
        f" {abs(difference):.1f} pp {side} them{ci}."
    )
