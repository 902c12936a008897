"""The headline of a report, and its limits, as sentences."""

from __future__ import annotations

from cgr_nb.analysis.bootstrap import Interval
from cgr_nb.analysis.chance import GAIN_OVER_CHANCE, OverChance
from cgr_nb.analysis.stats import Summary
from cgr_nb.audit.findings import HardCodedShare
from cgr_nb.report.number_text import NBSP, level_text, percent, points

__all__ = [
    "TINY_MODELS",
    "gain_over_chance",
    "hard_coded_words",
    "headline",
    "limits",
]

TINY_MODELS = "Made with the bundled tiny models: says nothing about real models."

_NO_CONTROLS = (
    "Assisted answers spend more solver calls than direct ones; no budget-matched control stands "
    "beside them here, so part of a gain may be the calls and not the program."
)
_CONTROLS = (
    "Controls are matched in solver calls, not in tokens or time, and the generator's own cost is "
    "paid by no control but the scaffold's relatives: read accuracy against both."
)
_LIMITS = (
    "The numbers describe these rows. They are not a claim about other items, models or prompts.",
    "Each interval covers one source of chance: which pairs, which items of these datasets, or "
    "which datasets. None covers another wording of the prompts or another generator.",
    "Programs are written by a model that has seen the item: where A_a follows A_g, the generator "
    "may have answered and not the solver. Read the audits with the headline.",
    "The static audit reads patterns in a program's text. It can accuse a clean program and miss a "
    "hidden answer; the behavioural audit only sees what its replies bring about.",
)


def limits(summary: Summary) -> tuple[str, ...]:
    """What a reader must not take from a report."""
    first, *others = _LIMITS
    return (first, _NO_CONTROLS if summary.comparison is None else _CONTROLS, *others)


def headline(summary: Summary, hard_coded: HardCodedShare | None) -> str:
    """The study in one sentence: what changed, how sure, over what, at what cost, with what doubt.

    Args:
        summary: The numbers.
        hard_coded: How many programs and rows are hard-coded; None where programs were not looked
            at.
    """
    macro, main = summary.macro, summary.main
    # Sets of letters are in a partition of their own.
    pairs = summary.partitions["all"].n_pairs
    if not len(summary.pairs):
        if summary.not_retained.get("no_generator"):
            return _without_generator(summary)
        why = ", ".join(f"{count} {name}" for name, count in summary.not_retained.items() if count)
        because = f" ({why})" if why else ""
        return f"Nothing to compare: none of {_many(summary.rows, 'row')} is retained{because}."
    if macro is None:
        none = (
            "No pair has a correct direct answer, so there is no headline: "
            f"{_many(pairs, 'pair')} and {_many(summary.retained, 'retained row')} are shown apart."
        )
        return f"{none} {gain_over_chance(summary)}." if summary.at_chance else none
    before, after = percent(macro.A_b), percent(macro.A_a)
    moved = points(macro.difference_pp)
    if summary.at_chance:
        first = f"macro accuracy is {before} direct and {after} assisted, {moved} pp"
    elif moved == "0.0":
        first = f"Assistance leaves macro accuracy at {after}"
    else:
        # A direction is claimed only where the interval has one.
        verb = "raises" if macro.difference_pp > 0 else "lowers"
        first = f"Assistance {verb} macro accuracy from {before} to {after}, {moved} pp"
        if not main.interval.one_sided:
            first = f"Macro accuracy is {before} direct and {after} assisted, {moved} pp"
    signal = f"over the {main.n_pairs} of {_many(pairs, 'pair')} with a correct direct answer"
    parts = [f"{first} {_sureness(main.interval)}, {signal}"]
    if summary.at_chance:
        chosen = ", chosen by guesses that came out right" if main.n_pairs < pairs else ""
        parts = [gain_over_chance(summary), f"{parts[0]}{chosen}"]
    elif main.level is not None:
        parts.append(f"there {level_text(main.level)}")
    apart = summary.partitions["zero_baseline"].n_pairs
    if apart:
        verb = "stands" if apart == 1 else "stand"
        parts.append(f"{_many(apart, 'pair')} at zero baseline {verb} apart")
    asks = summary.calls_per_item["assisted"]
    direct = summary.calls_per_item["direct"]
    if asks is not None and direct is not None:
        parts.append(f"{asks:.1f} solver calls an item against {direct:.1f}")
    parts += _controls(summary)
    if several := summary.not_retained.get("several_gold"):
        parts.append(
            f"{several:,} of {_many(summary.rows, 'row')} are not counted, as their items have"
            " several right options"
        )
    if hard_coded is not None and hard_coded.programs_of:
        parts.append(hard_coded_words(hard_coded))
    return "; ".join(parts) + "."


def gain_over_chance(summary: Summary) -> str:
    """What is claimed where direct answers are not above chance: a gain over chance, over all
    pairs, and why. A clause without its full stop; empty where they are above it."""
    direct, assisted = summary.direct_over_chance, summary.assisted_over_chance
    if not summary.at_chance or direct is None or assisted is None:
        return ""
    every = summary.partitions["all"]
    level = level_text(every.level) if every.level else f"chance is {percent(direct.chance)}"
    claim = f"{GAIN_OVER_CHANCE} of assisted answers"
    if not assisted.above:
        claim = f"no {GAIN_OVER_CHANCE} of assisted answers is shown"
    return (
        f"Direct answers are not above chance: {percent(direct.accuracy)} macro over all"
        f" {_many(every.n_pairs, 'pair')}, {_held(direct)}, where {level};"
        f" {claim}: {percent(assisted.accuracy)}, {_held(assisted)}"
    )


def _held(over: OverChance) -> str:
    """How far an accuracy is from chance, and how sure."""
    text = f"{points(over.difference_pp)} pp from chance"
    if over.low_pp is None or over.high_pp is None:
        return f"{text} (no interval: {over.absence})"
    return f"{text} (95{NBSP}% interval {points(over.low_pp)} to {points(over.high_pp)})"


def _without_generator(summary: Summary) -> str:
    """What a study tells that has no scaffolds."""
    lines = summary.comparison.lines if summary.comparison else ()
    said = ", ".join(f"{line.arm} {percent(line.accuracy)}" for line in lines)
    arms = f" Macro accuracy of its arms, on the same rows: {said}." if said else ""
    level = summary.comparison.level if summary.comparison else None
    if arms and level:
        arms = f"{arms[:-1]}; {level_text(level)}."
    return f"The study has no generator: there is no scaffold, and nothing is assisted.{arms}"


def hard_coded_words(share: HardCodedShare) -> str:
    """How much is hard-coded by the combined verdict, and what that rests on."""
    of_programs = share.programs / share.programs_of if share.programs_of else None
    of_rows = share.rows / share.rows_of if share.rows_of else None
    verb = "is" if share.programs == 1 else "are"
    doubt = f", {share.unsure:,} more can't be told" if share.unsure else ""
    rests = f"{share.probed:,} probed" if share.probed else "none probed"
    if share.judged:
        rests += f", {share.judged:,} judged by people"
    return (
        f"{share.programs:,} of {_many(share.programs_of, 'program')} ({percent(of_programs)}) "
        f"{verb} hard-coded, behind {share.rows:,} of {_many(share.rows_of, 'retained row')} "
        f"({percent(of_rows)}){doubt} ({rests})"
    )


def _controls(summary: Summary) -> list[str]:
    """What the same number of solver calls gives without a program, and which arms the scaffold
    does not beat."""
    lines = summary.comparison.lines if summary.comparison else ()
    parts = [
        f"with as many calls but no program, a vote reaches {percent(line.accuracy)}"
        for line in lines
        if line.arm == "self_consistency"
    ]
    for line in lines:
        if line.versus is None or line.arm == "direct" or line.versus.interval.low_pp is None:
            continue
        if line.versus.interval.high_pp is not None and line.versus.interval.high_pp < 0:
            parts.append(f"arm {line.arm} does better than the scaffold, {percent(line.accuracy)}")
        elif line.versus.interval.low_pp <= 0:
            parts.append(
                f"not significantly different from arm {line.arm} ({percent(line.accuracy)})"
            )
    return parts


def _sureness(interval: Interval) -> str:
    if interval.low_pp is None or interval.high_pp is None:
        return f"(no interval: {interval.note})"
    text = f"95{NBSP}% interval {points(interval.low_pp)} to {points(interval.high_pp)}"
    if interval.low_pp <= 0 <= interval.high_pp:
        text += ", which includes no change"
    return f"({text})"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
