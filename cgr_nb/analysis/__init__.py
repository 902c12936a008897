"""Rows in, numbers and pictures out. Pure: nothing here reads a store, a model or a clock.

frame.py       rows -> rows with correctness, and the named rule by which a row is retained
pairs.py       retained rows -> one line a pair (dataset config x solver x generator)
bootstrap.py   pair differences -> interval
mcnemar.py     flips -> exact p-values, corrected for many pairs
band.py        what the headline becomes when answers that could not be read are treated otherwise
stats.py       all of it at once: `summarise(rows) -> Summary`
audit.py       programs -> what a reader should distrust, as shares
dependence.py  one program -> does its answer depend on the solver? (runs it in the sandbox)
palette.py     one colour and one shape a channel, everywhere
charts.py      pairs and counts -> Altair charts

Import the module you need: pandas, numpy and altair are loaded only by the modules that use them.
"""

from __future__ import annotations

__all__: list[str] = []
