"""Rows in, numbers and pictures out. Pure: nothing here reads a store, a model or a clock.

frame.py       rows -> rows with correctness, and the named rule by which a row is retained
binomial.py    is a pair's accuracy above chance?
pairs.py       retained rows -> one line a pair (dataset config x solver x generator)
bootstrap.py   pair differences -> interval, pairs drawn anew (the paper's)
strata.py      rows -> matrices: the items of each dataset configuration against its pairs
spread.py      matrices -> standard error of a macro mean, items or datasets being drawn
clustered.py   matrices -> interval, items drawn with all their solvers
student.py     quantiles of Student's t
power.py       the smallest change that would likely be noticed
chance.py      chance, the best constant answer, and what is above chance
letters.py     which letters are chosen, beside which are right
positions.py   the same text or the same letter, in other orders of the options
mcnemar.py     flips -> exact p-values, corrected for many pairs
band.py        what the headline becomes when answers that could not be read are treated otherwise
retention.py   rows -> counts of retained and not, by reason
arm_frame.py   rows and answers of arms -> one line for each row and arm
arms.py        those lines -> every arm on the same rows, with its cost
               what that came to: arm_comparison.py
paired_runs.py answers of two runs beside each other, and which have no partner
run_slices.py  where two runs differ: slices with intervals that hold together
two_runs.py    all numbers of two runs; what they came to: run_comparison.py
summary.py     the records that hold the numbers of a study
stats.py       all of it at once: `summarise(rows) -> Summary`
plain.py       frames -> values that JSON can hold
extraction_failures.py  replies that no letter came of, by model, channel, status and rule
response_metadata.py    replies cut, empty, declined or refused, and programs stopped
refusals.py    does a reply decline to answer?
palette.py     one colour and one shape a channel, everywhere
chart_rows.py  the rows that a chart draws
chart_style.py how every chart is finished
charts.py      pairs and counts -> Altair charts
arm_marks.py   what stands for an arm and its cost in a chart
arm_charts.py  arms -> accuracy against cost
many_arms.py   the same for many arms: one line an arm
label_places.py where the labels of a chart stand
letter_charts.py  letters chosen against gold's

The charts need altair and are imported by their own names.
"""

from __future__ import annotations

from cgr_nb.analysis.stats import Summary, summarise

__all__ = ["Summary", "summarise"]
