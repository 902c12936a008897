"""A study as one HTML file that opens anywhere, offline, for as long as there are browsers.

tables.py    what a report is made from: plain frames and facts, no store
groups.py    pairs by solver and by dataset
letters.py   letters chosen against gold's, and position bias, as lines
spending.py  calls, tokens and costs, as lines
losses.py    what became of the programs of lost rows
headline.py  the study in a few sentences; controls.py: beside its controls; limits.py: its limits
example.py   one item with its direct reply, for whoever has not met any
pooled.py    McNemar tests: pooled, and what those of single pairs can show
content.py   tables -> everything the page shows, as plain values
samples.py   the few programs that are shown in full, and why these
drawing.py   charts as SVG, so that the page needs no script
page.py      content + page.html.j2, sections/ and page.css -> the file

Names, programs and replies are untrusted text: the template escapes everything it is given, and the
page forbids scripts and fetching (Content-Security-Policy), so that even a mistake here runs
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cgr_nb.report.page import render_report, write_report
    from cgr_nb.report.tables import StudyTables

__all__ = ["StudyTables", "render_report", "write_report"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type is that of the name asked for
    # The page brings Altair along, and the tables pandas; whoever only wants words, a command say,
    # need not wait for them.
    if name not in __all__:
        raise AttributeError(f"module 'cgr_nb.report' has no attribute {name!r}")
    if name == "StudyTables":
        from cgr_nb.report.tables import StudyTables

        return StudyTables
    from cgr_nb.report import page

    return getattr(page, name)
