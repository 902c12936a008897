"""Content -> one self-contained HTML file; the template engine escapes everything untrusted."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cgr_nb.analysis.clustered import ClusteredInterval
from cgr_nb.errors import CgrError
from cgr_nb.report.content import Content, make_content
from cgr_nb.report.number_text import (
    constant_text,
    interval_text,
    level_text,
    money,
    percent,
    points,
)
from cgr_nb.report.signs import with_escapes
from cgr_nb.report.tables import StudyTables
from cgr_nb.util.atomic_write import write_text
from cgr_nb.util.surrogates import escape_surrogates

if TYPE_CHECKING:
    from cgr_nb.report.drawing import Drawing

__all__ = ["render_report", "write_report"]

_HERE = Path(__file__).parent


def write_report(
    tables: StudyTables,
    path: Path | str,
    *,
    resamples: int = 10_000,
    seed: int = 0,
    gate: float = 0.30,
) -> Path:
    """Write the report of a study.

    Args:
        tables: What to report.
        path: The HTML file; its folder is made, and a file that is there is replaced as a whole.
        resamples: Resamples of the pair bootstrap.
        seed: Seed of the pair bootstrap.
        gate: Direct accuracy that a pair must exceed to pass the direct-signal gate.

    Returns:
        The path written.

    Raises:
        CgrError: `tables.rows` are not rows; see `analysis.frame.annotate`.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise CgrError("a report can only replace a file, and this is not one", where=str(path))
    page = render_report(tables, resamples=resamples, seed=seed, gate=gate)
    # What was recorded by earlier versions may hold text that is no valid Unicode.
    write_text(path, escape_surrogates(page))
    return path


def render_report(
    tables: StudyTables, *, resamples: int = 10_000, seed: int = 0, gate: float = 0.30
) -> str:
    """The report as text; see `write_report`. The same tables give the same text.

    Args:
        tables: Of the study.
        resamples: Of the pair bootstrap.
        seed: Of the pair bootstrap.
        gate: Direct accuracy that a pair must exceed to pass the direct-signal gate.
    """
    content = make_content(tables, resamples=resamples, seed=seed, gate=gate)
    return (
        _template_environment()
        .get_template("page.html.j2")
        .render(
            content=content,
            drawings=_drawings(content),
            # The style sheet is this package's own text.
            style=Markup((_HERE / "page.css").read_text("utf-8")),
        )
    )


def _drawings(content: Content) -> dict[str, Drawing]:
    if not content.charts:
        return {}
    from cgr_nb.report.drawing import draw

    return {name: draw(chart) for name, chart in content.charts.items()}


@cache
def _template_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        finalize=_seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    environment.filters["points"] = points
    environment.filters["interval"] = interval_text
    environment.filters["share_interval"] = _share_interval
    environment.filters["constant"] = constant_text
    environment.filters["level"] = level_text
    environment.filters["count"] = _count
    environment.filters["money"] = money
    environment.filters["p"] = _p_value
    return environment


def _seen(value: object) -> object:
    """What is written into the page; only the page's own parts are markup."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return with_escapes(value)
    return value


def _count(number: float | None, digits: int = 0) -> str:
    return "–" if number is None else f"{number:,.{digits}f}"


def _share_interval(interval: ClusteredInterval) -> str:
    if interval.low_pp is None or interval.high_pp is None:
        return interval.absence or "–"
    return f"{interval.low_pp:.1f} to {interval.high_pp:.1f}"


def _p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
