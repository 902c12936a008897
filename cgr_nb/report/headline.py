"""The headline of a report: a short list."""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.analysis.arms_alone import ArmAlone
from cgr_nb.analysis.chance import GAIN_OVER_CHANCE, OverChance
from cgr_nb.analysis.clustered import ClusteredInterval
from cgr_nb.analysis.summary import Summary
from cgr_nb.audit.findings import HardCodedShare
from cgr_nb.report.alone import alone_headline
from cgr_nb.report.controls import control_lines
from cgr_nb.report.limits import caveats
from cgr_nb.report.number_text import NBSP, capital, ci_text, level_text, percent, points

__all__ = ["TINY_MODELS", "gain_over_chance", "hard_coded_words", "headline", "unfinished"]

TINY_MODELS = "Produced with the bundled tiny models; says nothing about real models."

_ONE_LETTER = 0.9
"""Share of the items from which on an answer is told to be nearly always the same letter."""
_NAMED = 3
"""Solvers of which that is told by name."""


def unfinished(done: int, expected: int) -> str:
    """What a reader must know of a study of which not all rows are done; else empty."""
    if done >= expected:
        return ""
    known = f"{done:,} of {_many(expected, 'row')} done"
    return f"Unfinished: {known}; all numbers refer to these rows only."


def headline(
    summary: Summary, hard_coded: HardCodedShare | None, alone: Sequence[ArmAlone] = ()
) -> tuple[str, ...]:
    """The study as a short list, each line with its label before a colon: the effect with its
    interval and the chance level, the best control and the other arms that matter, regressions,
    whether programs can be trusted, and the caveats that hold for this very study.

    Args:
        summary: The numbers.
        hard_coded: How many programs and rows are hard-coded; None where programs were not looked
            at.
        alone: What the arms of a study without a generator come to (`analysis.arms_alone`).
    """
    # Sets of letters are in a partition of their own.
    pairs = summary.partitions["all"].n_pairs
    if not len(summary.pairs):
        if summary.not_retained.get("no_generator"):
            return alone_headline(alone)
        why = ", ".join(f"{count} {name}" for name, count in summary.not_retained.items() if count)
        because = f" ({why})" if why else ""
        return (f"Nothing to compare: none of {_many(summary.rows, 'row')} is retained{because}.",)
    if summary.macro is None:
        none = (
            "No pair has a correct direct answer, so there is no headline effect: "
            f"{_many(pairs, 'pair')} and {_many(summary.retained, 'retained row')} are reported"
            " separately."
        )
        return (none, f"{gain_over_chance(summary)}.") if summary.at_chance else (none,)
    lines = [_effect(summary), *control_lines(summary), _regressions(summary)]
    if hard_coded is not None and hard_coded.programs_of:
        lines.append(f"Validity: {hard_coded_words(hard_coded)}.")
    if held := caveats(summary):
        lines.append(f"Caveats: {'; '.join(held)}.")
    return tuple(lines)


def _effect(summary: Summary) -> str:
    """What assistance changed, how sure that is, and what guessing reaches."""
    part = summary.told
    assert part.macro is not None
    interval = part.headline_interval
    unit = "items" if isinstance(interval, ClusteredInterval) else "pairs"
    ci = ci_text(interval)
    if interval.low_pp is not None:
        ci += f", bootstrap over {unit}"
    text = (
        f"Effect: {points(part.macro.difference_pp)} pp ({ci}), from {percent(part.macro.A_b)}"
        f" direct to {percent(part.macro.A_a)} assisted accuracy ({_over(summary)})"
    )
    if interval.low_pp is not None and not interval.one_sided:
        text += "; not significant"
    asks, direct = summary.calls_per_item["assisted"], summary.calls_per_item["direct"]
    if asks is not None and direct is not None:
        text += f"; {asks:.1f} vs {direct:.1f} solver calls per item"
    sentences = [f"{text}."]
    if part.level is not None:
        sentences.append(f"{capital(level_text(part.level))}.")
    direct_over, assisted_over = summary.direct_over_chance, summary.assisted_over_chance
    if summary.at_chance and direct_over is not None and assisted_over is not None:
        sentences.append(f"Direct accuracy is not above chance: {_held(direct_over)}.")
        sentences.append(f"{_claim(assisted_over)}: {_held(assisted_over)}.")
    return " ".join([*sentences, *_one_letter(summary)])


def _over(summary: Summary) -> str:
    """What the accuracies are means of."""
    part, pairs = summary.told, summary.partitions["all"].n_pairs
    if summary.at_chance:
        return f"macro mean over {_many(part.n_pairs, 'pair')}"
    over = f"macro mean over the {part.n_pairs} of {_many(pairs, 'pair')} with non-zero baseline"
    if apart := summary.partitions["zero_baseline"].n_pairs:
        over += f"; {_many(apart, 'pair')} at zero baseline {_are(apart)} reported separately"
    return over


def _one_letter(summary: Summary) -> list[str]:
    """Solvers whose direct answer is nearly always one letter."""
    table = summary.letters_overall
    found = []
    for line in table[table["arm"] == "direct"].to_dict("records"):
        letter, share, _ = max(line["letters"], key=lambda one: one[1], default=("", 0.0, 0.0))
        if (of_items := share * (1 - line["unread"])) >= _ONE_LETTER:
            found.append((str(line["solver"]), letter, of_items))
    several = table["solver"].nunique() > 1
    told = []
    for solver, letter, share in found[:_NAMED]:
        close = "that" if share == 1 else "close to that"
        told.append(
            f"Direct answers{f' of {solver}' if several else ''} are {letter} for"
            f" {percent(share, 0)} of items; accuracy is {close} of always answering {letter}."
        )
    if (more := len(found) - _NAMED) > 0:
        told.append(f"The same holds for {more} more solvers.")
    return told


def _regressions(summary: Summary) -> str:
    flips, falling = summary.flips, int((summary.pairs["difference_pp"] < 0).sum())
    right = flips["both_right"] + flips["losses"]
    wrong = flips["both_wrong"] + flips["gains"]
    losing = "no pair has more losses than gains"
    if falling:
        verb = "has" if falling == 1 else "have"
        losing = f"{falling:,} of {_many(len(summary.pairs), 'pair')} {verb} more losses than gains"
    return (
        f"Regressions: {flips['losses']:,} of {right:,} correct direct answers become wrong,"
        f" {flips['gains']:,} of {wrong:,} wrong ones become correct; {losing}."
    )


def gain_over_chance(summary: Summary) -> str:
    """What is claimed where direct answers are not above chance: a gain over chance, over all
    pairs, and why. A clause without its full stop; empty where they are above it."""
    direct, assisted = summary.direct_over_chance, summary.assisted_over_chance
    if not summary.at_chance or direct is None or assisted is None:
        return ""
    every = summary.partitions["all"]
    level = level_text(every.level) if every.level else f"chance is {percent(direct.chance)}"
    return (
        f"Direct accuracy is not above chance: {percent(direct.accuracy)} macro over"
        f" {_many(every.n_pairs, 'pair')}, {_held(direct)} from chance; {level}."
        f" {_claim(assisted)}: {percent(assisted.accuracy)}, {_held(assisted)}"
    )


def _claim(assisted: OverChance) -> str:
    claimed = capital(GAIN_OVER_CHANCE) if assisted.above else f"No significant {GAIN_OVER_CHANCE}"
    return f"{claimed} of assisted answers"


def _held(over: OverChance) -> str:
    """How far an accuracy is from chance, and how sure."""
    text = f"{points(over.difference_pp)} pp"
    if over.low_pp is None or over.high_pp is None:
        return f"{text} (no interval: {over.absence})"
    return f"{text} (95{NBSP}% CI {points(over.low_pp)} to {points(over.high_pp)})"


def hard_coded_words(share: HardCodedShare) -> str:
    """How much is hard-coded by the combined verdict, and what that rests on."""
    every = share.programs_of
    tested = f"all {every:,} tested" if share.probed == every else f"{share.probed:,} tested"
    rests = tested if share.probed else "none tested"
    if share.judged:
        rests += f", {share.judged:,} judged by raters"
    doubt = f"; {share.unsure:,} more {_are(share.unsure)} undetermined" if share.unsure else ""
    if not share.programs:
        shown = "shown to be hard-coded" if share.unsure else "hard-coded"
        doubt = doubt.replace(" more", "")
        return f"None of {_many(every, 'program')} is {shown}{doubt} ({rests})"
    of_programs = share.programs / every if every else None
    of_rows = share.rows / share.rows_of if share.rows_of else None
    return (
        f"{share.programs:,} of {_many(every, 'program')} ({percent(of_programs)}) "
        f"{_are(share.programs)} hard-coded, behind {share.rows:,} of"
        f" {_many(share.rows_of, 'retained row')} ({percent(of_rows)}){doubt} ({rests})"
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
