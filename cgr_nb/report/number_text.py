"""Numbers as text, for report, panels and terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cgr_nb.analysis.bootstrap import Interval
    from cgr_nb.analysis.chance import ChanceLevel

__all__ = [
    "NBSP",
    "capital",
    "ci_text",
    "constant_text",
    "interval_text",
    "level_text",
    "money",
    "percent",
    "points",
    "span_text",
]

NBSP = "\N{NO-BREAK SPACE}"


def capital(text: str) -> str:
    """A clause as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def percent(share: float | None, digits: int = 1) -> str:
    """A share (0 to 1) as "38.1 %"; a dash when undefined."""
    return "–" if share is None else f"{100 * share:.{digits}f}{NBSP}%"


def points(difference_pp: float | None) -> str:
    """A difference as "+28.1", with a real minus sign; a dash when undefined."""
    if difference_pp is None:
        return "–"
    text = f"{difference_pp:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def money(amount: float | None) -> str:
    """A sum in the currency of the cards' prices, which is not known: three digits that count of a
    small one, two behind the point of a large one; a dash when there is no price."""
    if amount is None:
        return "–"
    return f"{amount:,.2f}" if amount >= 1 or amount == 0 else f"{amount:.3g}"


def interval_text(interval: Interval) -> str:
    """An interval as "[20.3, 36.4]"; why there is none, or a dash where it would be of nothing."""
    if interval.low_pp is None or interval.high_pp is None:
        return interval.absence or "–"
    return f"[{points(interval.low_pp)}, {points(interval.high_pp)}]"


def span_text(low: float | None, high: float | None, *, signed: bool = True) -> str:
    """Two ends as "+20.3 to +36.4", or, of values that have no sign, "20.3 to 36.4"; empty where
    there are none."""
    if low is None or high is None:
        return ""
    return f"{points(low)} to {points(high)}" if signed else f"{low:.1f} to {high:.1f}"


def ci_text(interval: Interval) -> str:
    """An interval as "95 % CI +20.3 to +36.4"; why there is none otherwise."""
    if interval.low_pp is None or interval.high_pp is None:
        return f"no interval: {interval.absence or interval.note or 'undefined'}"
    return f"95{NBSP}% CI {points(interval.low_pp)} to {points(interval.high_pp)}"


def level_text(level: ChanceLevel) -> str:
    """What no knowledge gives, as a clause."""
    return (
        f"chance is {percent(level.chance)}, and always answering {_either(level.constant)}"
        f" scores {percent(level.constant_accuracy)}"
    )


def _either(constant: str) -> str:
    """Constant answers that tie, in words: "A, C or D"."""
    *first, last = constant.split("/")
    return f"{', '.join(first)} or {last}" if first else last


def constant_text(level: ChanceLevel | None) -> str:
    """The best constant answer, as "C 31.0 %"; a dash where it is not known."""
    return "–" if level is None else f"{level.constant} {percent(level.constant_accuracy)}"
