"""The comparison of arms in words and lines: what report, panel and notebooks tell beside the one
drawing (`analysis.arm_charts.comparison_charts`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cgr_nb.analysis.arm_comparison import ArmComparison, ArmLine, ArmVersus
from cgr_nb.analysis.arm_marks import MANY_ARMS
from cgr_nb.analysis.budget_curves import AXES, SOLVER_AXES, pareto_front, spent_on
from cgr_nb.analysis.primary import Primary
from cgr_nb.analysis.simultaneous import SimultaneousInterval
from cgr_nb.report.number_text import NBSP, percent, points, span_text
from cgr_nb.store.declarations import Declaration
from cgr_nb.words import ARM_STATUS_WORDS, COMPARISON_WORDS

__all__ = [
    "ComparisonText",
    "arm_rows",
    "arm_statuses",
    "best_sentence",
    "comparison_text",
    "curve_rows",
    "figure_caption",
    "joint_ci",
    "matched_rows",
    "oracle_sentence",
    "primary_sentence",
    "setup_rows",
    "significance",
]

Line = dict[str, Any]

_MAIN_FIGURES = ("calls", "total_tokens", "work")
_CHOSEN = 0.005
"""Share of the splits below which an arm is not named among those that were chosen."""


@dataclass(frozen=True, slots=True)
class ComparisonText:
    """A comparison as a page shows it: all of it text."""

    notes: Sequence[str]
    """What a reader must know of it, one sentence each: what was named beforehand, what the best of
    many is worth, what all arms have right together."""
    rows: Sequence[Line]
    """See `arm_rows`."""
    matched: Sequence[Line]
    """See `matched_rows`."""
    setups: Sequence[Line]
    """See `setup_rows`."""
    curves: Sequence[Line]
    """See `curve_rows`."""
    main_figures: Sequence[str]
    """Costs against which the arms are drawn, those that are shown at once."""
    other_figures: Sequence[str]
    """The other costs against which they are drawn."""
    captions: Mapping[str, str]
    """Cost -> the caption of the drawing against it; the first one tells what all of them show."""
    words: Mapping[str, Any]
    """Captions."""
    many: bool
    """Whether there are more arms than a table has room to describe."""


def comparison_text(
    comparison: ArmComparison, meanings: Mapping[str, str], charts: Collection[str] = ()
) -> ComparisonText:
    """Put a comparison into words.

    Args:
        comparison: The arms.
        meanings: Arm -> what it is.
        charts: Names of the charts that are drawn, "arm_calls" and so on.
    """
    figures = [cost for cost in AXES if f"arm_{cost}" in charts]
    main = [cost for cost in figures if cost in _MAIN_FIGURES]
    notes = (primary_sentence(comparison), best_sentence(comparison), oracle_sentence(comparison))
    return ComparisonText(
        notes=[sentence for sentence in notes if sentence],
        rows=arm_rows(comparison, meanings),
        matched=matched_rows(comparison),
        setups=setup_rows(comparison),
        curves=curve_rows(comparison),
        main_figures=main,
        other_figures=[cost for cost in figures if cost not in main],
        captions={
            cost: figure_caption(comparison, cost, again=cost != main[0]) for cost in figures
        },
        words=COMPARISON_WORDS,
        many=len(comparison.lines) > MANY_ARMS,
    )


def figure_caption(comparison: ArmComparison, cost: str, *, again: bool = False) -> str:
    """What the drawing against a cost shows, and which arms have no place on it.

    Args:
        comparison: The arms.
        cost: One of `budget_curves.AXES`.
        again: Whether another drawing has told what lines and circles are.
    """
    words = COMPARISON_WORDS
    many = len(comparison.lines) > MANY_ARMS
    told = "curves_again" if again else ("many" if many else "curves")
    caption: str = words[told].format(cost=words["costs"][cost])
    if cost not in SOLVER_AXES or not comparison.lines:
        return caption
    table = comparison.table
    apart = table.loc[spent_on(table, cost).isna(), "arm"]
    if not len(apart):
        return caption
    return f"{caption} {words['many_apart' if many else 'apart'].format(arms=_listed(list(apart)))}"


def arm_rows(comparison: ArmComparison, meanings: Mapping[str, str]) -> list[Line]:
    """One line an arm, as text.

    Args:
        comparison: The arms.
        meanings: Arm -> what it is.

    Returns:
        `arm`, `meaning`, `role` ("reference", "primary", "secondary"; "" where nothing was named
        beforehand), `accuracy`, `interval`, `seeds` (of several: standard deviation and all of
        them), `above` ("yes", "no", a dash), `calls`, `tokens`, `generator_tokens`,
        `generator_alone` (of an arm with a part of the generator, what the generator reaches by
        itself on these rows), and of the reference minus the arm `difference`, `joint` (interval)
        and `detectable`.
    """
    alone = next((line for line in comparison.lines if line.arm == "generator_only"), None)
    rows = []
    for line in comparison.lines:
        versus = line.versus
        joint = versus.simultaneous if versus else None
        assisted = line.generator_tokens > 0 and line.arm != "generator_only"
        rows.append(
            {
                "arm": line.arm,
                "meaning": meanings.get(line.arm, ""),
                "role": _role(line, comparison),
                "accuracy": percent(line.accuracy),
                "interval": span_text(line.interval.low_pp, line.interval.high_pp, signed=False)
                or line.interval.absence
                or "–",
                "seeds": _seeds(line),
                "above": "–"
                if line.over_chance is None
                else ("yes" if line.over_chance.above else "no"),
                "calls": f"{line.calls:,.1f}",
                "tokens": f"{line.tokens:,.0f}",
                "generator_tokens": f"{line.generator_tokens:,.0f}",
                "generator_alone": percent(alone.accuracy) if alone and assisted else "",
                "difference": points(versus.difference_pp) if versus else "",
                "joint": _joint(joint, versus),
                "detectable": _points(joint.detectable_pp) if joint else "",
            }
        )
    return rows


def matched_rows(comparison: ArmComparison) -> list[Line]:
    """The arms at the scaffold's own spending, as text: `arm`, and for calls and tokens
    `<cost>_accuracy`, `<cost>_finished`, `<cost>_difference` and `<cost>_joint`; empty where
    nothing is matched."""
    rows = []
    for line in comparison.lines:
        if not line.matched:
            continue
        row: Line = {"arm": line.arm}
        for cost, found in line.matched.items():
            row |= {
                f"{cost}_accuracy": percent(found.accuracy),
                f"{cost}_finished": percent(found.finished, 0),
                f"{cost}_difference": points(found.difference_pp),
                f"{cost}_joint": _joint(found.interval, None),
            }
        rows.append(row)
    return rows


def curve_rows(comparison: ArmComparison) -> list[Line]:
    """The places of the curves, as text: `arm`, `stop` (own answers; "as run" at the end),
    `accuracy`, costs, and `front` (the costs on whose Pareto front it stands)."""
    rows, curves = [], comparison.curves
    accuracy = curves["accuracy"].to_numpy(float)
    fronts = pd.DataFrame(
        {axis: pareto_front(spent_on(curves, axis).to_numpy(float), accuracy) for axis in AXES}
    )
    for place, on in zip(curves.to_dict("records"), fronts.to_dict("records"), strict=True):
        work = place["work"]
        rows.append(
            {
                "arm": place["arm"],
                "stop": "as run" if place["end"] else f"{place['stop']:,}",
                "accuracy": percent(place["accuracy"]),
                "calls": f"{place['calls']:,.1f}",
                "tokens": f"{place['tokens']:,.0f}",
                "generator_tokens": f"{place['generator_tokens']:,.0f}",
                "seconds": f"{place['seconds']:,.3g}",
                "work": "–" if work != work else f"{work / 1e9:,.3g}",
                "front": ", ".join(axis.replace("_", " ") for axis in AXES if on[axis]),
            }
        )
    return rows


def setup_rows(comparison: ArmComparison) -> list[Line]:
    """What arms cost before their first answer, as text; empty where none prepares anything."""
    rows = []
    for line in comparison.lines:
        if (cost := line.setup) is None:
            continue
        spent = cost.spent
        rows.append(
            {
                "arm": line.arm,
                "set_aside": f"{spent.set_aside:,}",
                "calls": f"{spent.calls:,.0f}",
                "tokens": f"{spent.tokens:,.0f}",
                "generator_calls": f"{spent.generator_calls:,.0f}",
                "generator_tokens": f"{spent.generator_tokens:,.0f}",
                "per_row": f"{cost.tokens_per_row:,.1f}",
                "rows": f"{cost.rows:,}",
                "break_even": "never" if cost.break_even is None else f"{cost.break_even:,}",
            }
        )
    return rows


def arm_statuses(comparison: ArmComparison) -> Line:
    """How the answers of each arm ended: see `content.Content.arm_statuses`."""
    # A letter that a program returned and one that was read in a reply are the same success.
    of_arms: dict[str, Counter[str]] = {}
    for arm, counts in comparison.statuses.items():
        ours = of_arms.setdefault(arm, Counter())
        for status, count in counts.items():
            ours["answered" if status == "ok" else status] += count
    seen = {status for counts in of_arms.values() for status in counts}
    order = [name for name in ARM_STATUS_WORDS if name in seen]
    order += sorted(seen - set(order))
    order.sort(key=lambda name: name != "answered")
    return {
        "columns": {name: ARM_STATUS_WORDS.get(name, "") for name in order},
        "lines": [
            {
                "arm": arm,
                "n": sum(counts.values()),
                "shares": {name: count / sum(counts.values()) for name, count in counts.items()},
            }
            for arm, counts in of_arms.items()
        ],
    }


def primary_sentence(comparison: ArmComparison) -> str:
    """What was named beforehand; empty where there is nothing to compare."""
    if not comparison.comparisons:
        return ""
    primary, words = comparison.primary, COMPARISON_WORDS["primary"]
    if primary is None:
        return str(words["none"])
    template: str = words[primary.status]
    return template.format(arms=_listed(primary.arms), said=_said(primary))


def _said(primary: Primary) -> str:
    """When what was named."""
    return "; ".join(_one(declared) for declared in primary.declared)


def _one(declared: Declaration) -> str:
    when = declared.created.replace("T", " ").replace("+00:00", " UTC")
    seen = f"{declared.answers:,} answers on record" if declared.answers else "before any answer"
    return f"{when} ({seen}): {_listed(declared.primary) or 'none'}"


def best_sentence(comparison: ArmComparison) -> str:
    """What choosing the best arm is worth; empty where there is nothing to choose."""
    best = comparison.best
    if best is None:
        return ""
    chosen = [
        f"{arm} {percent(share, 0)}" for arm, share in best.chosen.items() if share >= _CHOSEN
    ]
    template: str = COMPARISON_WORDS["best"]
    return template.format(
        arms=len(best.chosen),
        best=best.arm,
        accuracy=percent(best.accuracy),
        splits=f"{best.splits:,}",
        seed=best.seed,
        where_chosen=percent(best.where_chosen),
        elsewhere=percent(best.elsewhere),
        chosen=", ".join(chosen),
    )


def oracle_sentence(comparison: ArmComparison) -> str:
    """The ceiling over all arms, which is none of them."""
    found = comparison.complement
    if found is None:
        return ""
    text = COMPARISON_WORDS["oracle"].format(oracle=percent(found.oracle), arms=len(found.arms))
    if found.oracle_of_guesses is not None:
        guesses = COMPARISON_WORDS["oracle_of_guesses"]
        text += guesses.format(guesses=percent(found.oracle_of_guesses), arms=len(found.arms))
    return f"{text}."


def joint_ci(versus: ArmVersus, comparisons: int) -> str:
    """A simultaneous interval in a sentence; why there is none otherwise."""
    joint = versus.simultaneous
    if joint.low_pp is None or joint.high_pp is None:
        why = versus.interval.absence or versus.interval.note or "undefined"
        return f"no interval: {why}"
    ci = f"95{NBSP}% CI {span_text(joint.low_pp, joint.high_pp)}"
    return f"{ci}, simultaneous" if comparisons > 1 else ci


def significance(versus: ArmVersus) -> str:
    """The smallest difference that would likely be noticed, for whatever is told not to be
    significant; empty where it is not known."""
    joint = versus.simultaneous
    if joint.detectable_pp is not None:
        return f"minimum detectable effect {joint.detectable_pp:.1f} pp"
    return "" if joint.low_pp == joint.high_pp else "too few items to detect any effect"


def _role(line: ArmLine, comparison: ArmComparison) -> str:
    primary = comparison.primary
    if line.arm == comparison.reference:
        return "reference"
    if primary is None or not primary.holds:
        return ""
    return "primary" if line.primary else "secondary"


def _seeds(line: ArmLine) -> str:
    if (seeds := line.seeds) is None:
        return ""
    every = ", ".join(f"{100 * accuracy:.1f}" for accuracy in seeds.accuracies)
    return f"SD {seeds.deviation_pp:.1f} pp ({every})"


def _joint(joint: SimultaneousInterval | None, versus: ArmVersus | None) -> str:
    if joint is None:
        return ""
    if joint.low_pp is None or joint.high_pp is None:
        return (versus.interval.absence if versus else "") or "–"
    return f"[{points(joint.low_pp)}, {points(joint.high_pp)}]"


def _points(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
