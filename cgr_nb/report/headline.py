"""The headline of a report: a few sentences."""

from __future__ import annotations

from cgr_nb.analysis.chance import GAIN_OVER_CHANCE, OverChance
from cgr_nb.analysis.clustered import ClusteredInterval
from cgr_nb.analysis.summary import Summary
from cgr_nb.audit.findings import HardCodedShare
from cgr_nb.report.controls import control_sentences, generator_sentence
from cgr_nb.report.limits import caveats
from cgr_nb.report.number_text import NBSP, ci_text, level_text, percent, points

__all__ = ["TINY_MODELS", "gain_over_chance", "hard_coded_words", "headline"]

TINY_MODELS = "Made with the bundled tiny models: says nothing about real models."

_ONE_LETTER = 0.9
"""Share of the items from which on an answer is told to be nearly always the same letter."""
_NAMED = 3
"""Solvers of which that is told by name."""


def headline(summary: Summary, hard_coded: HardCodedShare | None) -> tuple[str, ...]:
    """The study in a few sentences: direct, assisted, controls, the generator alone, regressions,
    whether programs can be trusted, and what holds for this study only.

    Args:
        summary: The numbers.
        hard_coded: How many programs and rows are hard-coded; None where programs were not looked
            at.
    """
    # Sets of letters are in a partition of their own.
    pairs = summary.partitions["all"].n_pairs
    if not len(summary.pairs):
        if summary.not_retained.get("no_generator"):
            return _without_generator(summary)
        why = ", ".join(f"{count} {name}" for name, count in summary.not_retained.items() if count)
        because = f" ({why})" if why else ""
        return (f"Nothing to compare: none of {_many(summary.rows, 'row')} is retained{because}.",)
    if summary.macro is None:
        none = (
            "No pair has a correct direct answer, so there is no headline: "
            f"{_many(pairs, 'pair')} and {_many(summary.retained, 'retained row')} are reported"
            " separately."
        )
        return (none, f"{gain_over_chance(summary)}.") if summary.at_chance else (none,)
    sentences = [
        _direct(summary),
        _assisted(summary),
        " ".join(control_sentences(summary)),
        generator_sentence(summary),
        _regressions(summary),
    ]
    if hard_coded is not None and hard_coded.programs_of:
        sentences.append(f"{hard_coded_words(hard_coded)}.")
    if held := caveats(summary):
        sentences.append(f"Caveats: {held}.")
    return tuple(sentence for sentence in sentences if sentence)


def _direct(summary: Summary) -> str:
    part, every = summary.told, summary.partitions["all"]
    assert part.macro is not None
    over, level = summary.direct_over_chance, part.level
    first = f"Direct macro accuracy is {percent(part.macro.A_b)}"
    if summary.at_chance and over is not None:
        first += f" over {_many(part.n_pairs, 'pair')}, not above chance: {_held(over)}"
    else:
        first += (
            f" over the {part.n_pairs} of {_many(every.n_pairs, 'pair')} with a correct direct"
            " answer"
        )
    if level is not None:
        first += f"; {level_text(level)}"
    return " ".join([f"{first}.", *_one_letter(summary)])


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


def _assisted(summary: Summary) -> str:
    part, over = summary.told, summary.assisted_over_chance
    assert part.macro is not None
    interval = part.headline_interval
    drawn = "items" if isinstance(interval, ClusteredInterval) else "pairs"
    ci = ci_text(interval)
    if interval.low_pp is not None:
        ci += f", {drawn} resampled"
    text = (
        f"Assisted macro accuracy is {percent(part.macro.A_a)}, a change of"
        f" {points(part.macro.difference_pp)} pp ({ci})"
    )
    if interval.low_pp is not None and not interval.one_sided:
        text += ", which is not significant"
    parts = [text]
    asks, direct = summary.calls_per_item["assisted"], summary.calls_per_item["direct"]
    if asks is not None and direct is not None:
        parts.append(f"{asks:.1f} vs {direct:.1f} solver calls per item")
    if not summary.at_chance and (apart := summary.partitions["zero_baseline"].n_pairs):
        parts.append(f"{_many(apart, 'pair')} at zero baseline {_are(apart)} reported separately")
    text = "; ".join(parts) + "."
    if summary.at_chance and over is not None:
        text += f" {_capital(_claim(over))}: {_held(over)}."
    return text


def _regressions(summary: Summary) -> str:
    flips, falling = summary.flips, int((summary.pairs["difference_pp"] < 0).sum())
    right = flips["both_right"] + flips["losses"]
    wrong = flips["both_wrong"] + flips["gains"]
    losing = "no pair loses more than it gains"
    if falling:
        verb = "loses more than it gains" if falling == 1 else "lose more than they gain"
        losing = f"{falling:,} of {_many(len(summary.pairs), 'pair')} {verb}"
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
        f"Direct answers are not above chance: {percent(direct.accuracy)} macro over"
        f" {_many(every.n_pairs, 'pair')}, {_held(direct)}, where {level};"
        f" {_claim(assisted)}: {percent(assisted.accuracy)}, {_held(assisted)}"
    )


def _claim(assisted: OverChance) -> str:
    if assisted.above:
        return f"{GAIN_OVER_CHANCE} of assisted answers"
    return f"no {GAIN_OVER_CHANCE} of assisted answers is shown"


def _held(over: OverChance) -> str:
    """How far an accuracy is from chance, and how sure."""
    text = f"{points(over.difference_pp)} pp from chance"
    if over.low_pp is None or over.high_pp is None:
        return f"{text} (no interval: {over.absence})"
    return f"{text} (95{NBSP}% CI {points(over.low_pp)} to {points(over.high_pp)})"


def _without_generator(summary: Summary) -> tuple[str, ...]:
    """What a study tells that has no scaffolds."""
    lines = summary.comparison.lines if summary.comparison else ()
    said = ", ".join(f"{line.arm} {percent(line.accuracy)}" for line in lines)
    none = "The study has no generator: there is no scaffold, and nothing is assisted."
    if not said:
        return (none,)
    level = summary.comparison.level if summary.comparison else None
    beside = f"; {level_text(level)}" if level else ""
    return (none, f"Macro accuracy of its arms, on the same rows: {said}{beside}.")


def hard_coded_words(share: HardCodedShare) -> str:
    """How much is hard-coded by the combined verdict, and what that rests on."""
    every = share.programs_of
    tested = f"all {every:,} tested" if share.probed == every else f"{share.probed:,} tested"
    rests = tested if share.probed else "none tested"
    if share.judged:
        rests += f", {share.judged:,} judged by people"
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


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
