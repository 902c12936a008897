"""Looking into a study by hand: find items, rows and runs; try a prompt or a program; ask what
would have happened.

catalogue.py       items in columns: search, facets, order
row_facets.py      rows in columns: by pair, by what assistance did, by status
counted_rows.py    rows read column by column, for whoever counts twenty thousand of them
two_runs.py        studies, arms or models held against each other on the same items
different_settings.py  what two studies set otherwise
whole_summary.py   the summary, answers read once
quick_summary.py   the same without what takes long
arm_points.py      every way to answer as accuracy against cost
run_records.py     a row, its number or a run -> the records behind it
recorded_replies.py  the calls behind an answer, with what was read and where
run_steps.py       the steps of a run: where to stop, loops, search
difference.py      where two runs part
whatif.py          a recorded run again, with a reply, a line or the program changed
trial.py           a prompt or a program, as edited, put to a model
subsets.py         a study and the subsets that were picked from it, taken together
known_models.py    the models that a study can ask

The panels draw what these give; all of it works without them.
"""
