"""What a reader must not take from a report, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cgr_nb.analysis.summary import ENOUGH_PAIRS, Summary

__all__ = ["caveats", "limits", "matched_arms"]

_FEW_ITEMS = 100
_UNREAD = 0.05
"""Share of direct replies without an answer from which on that is a caveat."""
_ALIKE = 0.1
"""Share by which the solver calls of a matched control may differ from the scaffold's."""
_NOT_SERVED = ("overflow", "refused")
"""Statuses of calls that no model answered."""
_OUTSIDE = ("cgr", "direct", "generator_only")
"""Arms that are no controls."""

_NO_CONTROLS = (
    "Assisted answers use more solver calls than direct ones, and no compute-matched control was"
    " run, so part of a gain may be due to the additional calls rather than to the program."
)
_NOT_MATCHED = (
    "No control is matched in tokens or time, and only controls that run a generated program incur"
    " generator costs: compare accuracy at equal total tokens or compute."
)
_LEAKAGE = (
    "A scaffold may leak the generator's knowledge through its questions and choices, rather than"
    " only decompose the task. foreign_scaffold does not control for this, because its questions"
    " concern another item. Scaffolds written by the solver itself, or by a generator that sees the"
    " question without its options, would."
)
_LIMITS = (
    "The results describe these rows and are not a claim about other models or prompts.",
    "Each interval covers one source of sampling error (pairs, items of these datasets, or "
    "datasets). None covers prompt wording or the choice of generator.",
    "Programs are written by a model that has seen the item: where A_a tracks A_g, the answer may "
    "be the generator's rather than the solver's. Read the audits together with the headline.",
    "The static audit matches patterns in the program text, so it can have false positives and "
    "miss a concealed answer; the behavioural audit only observes responses to its own probes.",
)


def limits(summary: Summary) -> tuple[str, ...]:
    """What a reader must not take from a report."""
    first, sources, *others = _LIMITS
    if not summary.retained and summary.not_retained.get("no_generator"):
        return (first, sources)
    if summary.comparison is None:
        return (first, _NO_CONTROLS, _LEAKAGE, sources, *others)
    return (first, _controls(summary), _LEAKAGE, sources, *others)


def matched_arms(summary: Summary) -> tuple[list[str], list[str]]:
    """Controls with as many solver calls as the scaffold made (within 10 %), and the others."""
    lines = summary.comparison.lines if summary.comparison else ()
    scaffold = next((line.calls for line in lines if line.arm == "cgr"), None)
    matched: list[str] = []
    others: list[str] = []
    for line in lines:
        if line.arm not in _OUTSIDE:
            alike = scaffold is not None and abs(line.calls - scaffold) <= _ALIKE * scaffold
            (matched if alike else others).append(line.arm)
    return matched, others


def _controls(summary: Summary) -> str:
    matched, others = matched_arms(summary)
    told = [f"Controls matched to the scaffold in solver calls: {_listed(matched) or 'none'}."]
    if others:
        told.append(f"Not matched: {_listed(others)}.")
    return " ".join([*told, _NOT_MATCHED])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _never_served(arms: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Arms of which no answer was more than a refused call: their accuracy says nothing."""
    told = []
    for arm, statuses in arms.items():
        lost = {status: count for status, count in statuses.items() if status in _NOT_SERVED}
        if lost and sum(lost.values()) == sum(statuses.values()):
            why = ", ".join(f"{status} {count:,}" for status, count in lost.items())
            told.append(f"no answer of {arm} could be served ({why}): its accuracy says nothing")
    return told


def caveats(summary: Summary) -> list[str]:
    """What holds for this very study, as clauses; none where nothing does."""
    part, pairs, comparison = summary.told, summary.pairs, summary.comparison
    items, solvers = part.clustered.items, pairs["solver"].nunique()
    found = []
    if 0 < part.n_pairs < ENOUGH_PAIRS and part.headline_interval.low_pp is not None:
        few = "one pair" if part.n_pairs == 1 else f"{part.n_pairs} pairs"
        found.append(
            "the interval is over items and does not generalise to other datasets or solvers (with"
            f" {few}, one over pairs would likely be too narrow)"
        )
    if 0 < items < _FEW_ITEMS:
        found.append(f"few items ({items})")
    if solvers == 1:
        found.append("one solver")
    if not len(summary.positions):
        found.append("option order was not varied")
    if comparison is None:
        found.append("no control arm was run")
    elif comparison.comparisons > 1 and not (comparison.primary and comparison.primary.holds):
        found.append("comparisons between arms are exploratory (none was pre-specified)")
    found.extend(_never_served(comparison.statuses if comparison else {}))
    asked = sum(summary.direct_statuses.values())
    unread = asked - summary.direct_statuses.get("answered", 0)
    if unread >= _UNREAD * asked > 0:
        found.append(f"{unread:,} of {asked:,} direct replies gave no answer and count as wrong")
    if several := summary.not_retained.get("several_gold"):
        found.append(f"{several:,} of {summary.rows:,} rows excluded (several correct options)")
    failed = sum(count for why, count in summary.not_retained.items() if why.endswith("_error"))
    if failed:
        found.append(f"{failed:,} of {summary.rows:,} rows excluded after errors")
    return found
