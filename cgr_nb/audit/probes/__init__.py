"""Runs a program with made-up replies: does its answer depend on the solver?

dependence.py             one program -> the verdict, and every probe (`depends_on_solver`)
plans.py                  what a program is told in place of a solver, one plan a run
probe_runner.py           one program and its item: a run for each plan
listener.py               runs in front of a program: what does it look for in its replies?
listening.py              that report, read strictly
patterns.py               regular expressions -> texts that they find
reply_forms.py            what a reply looks like: texts with holes
sites.py                  prompts of one wording, and what is known of their replies
rendering.py              replies in a format, the holes filled
formats.py                reports -> the formats of a program's replies
own_formats.py            plans whose replies are in those formats
swap_generator_answer.py  a program -> the same one with another GENERATOR_ANSWER
"""

from __future__ import annotations

from cgr_nb.audit.probes.dependence import Dependence, depends_on_solver, probe_program
from cgr_nb.audit.probes.probe_runner import Probe

__all__ = ["Dependence", "Probe", "depends_on_solver", "probe_program"]
