"""Rows in, numbers and pictures out. Pure: nothing here reads a store, a model or a clock.

frame.py       rows -> rows with correctness, and the named rule by which a row is retained
pairs.py       retained rows -> one line a pair (dataset config x solver x generator)
bootstrap.py   pair differences -> interval
mcnemar.py     flips -> exact p-values, corrected for many pairs
band.py        what the headline becomes when answers that could not be read are treated otherwise
stats.py       all of it at once: `summarise(rows) -> Summary`
audit.py       programs -> what a reader should distrust, as shares
probes.py      what a program is told in place of a solver
dependence.py  one program -> does its answer depend on the solver? (runs it in the sandbox)
palette.py     one colour and one shape a channel, everywhere
charts.py      pairs and counts -> Altair charts

`charts` needs altair and is imported by its own name.
"""

from __future__ import annotations

from cgr_nb.analysis.dependence import Dependence, Probe, depends_on_solver
from cgr_nb.analysis.stats import Summary, summarise

__all__ = ["Dependence", "Probe", "Summary", "depends_on_solver", "summarise"]
