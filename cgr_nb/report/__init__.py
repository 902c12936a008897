"""A study as one HTML file that opens anywhere, offline, for as long as there are browsers.

tables.py    what a report is made from: plain frames and facts, no store
words.py     what statuses, partitions and terms mean, and the headline as a sentence
content.py   tables -> everything the page shows, as plain values
samples.py   the few programs that are shown in full, and why these
drawing.py   charts as SVG, so that the page needs no script
page.py      content + page.html.j2 + page.css -> the file

Names, programs and replies are untrusted text: the template escapes everything it is given, and the
page forbids scripts and fetching (Content-Security-Policy), so that even a mistake here runs
nothing.
"""

from __future__ import annotations

from cgr_nb.report.page import render_report, write_report
from cgr_nb.report.tables import StudyTables

__all__ = ["StudyTables", "render_report", "write_report"]
