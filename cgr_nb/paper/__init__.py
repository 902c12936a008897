"""The paper's study at full size: what it needs, what of it is here, what it would take, and a
study of what is here.

Nine public item sets, six small solvers of different families and a generator. What can't be had is
named, with the command or page to get it, and stays on record beside the study (`read_absent`), so
that a report can say what it does not speak for.
"""

from cgr_nb.models.arithmetic import Speed, measure_speed
from cgr_nb.paper.absent import Absent, read_absent
from cgr_nb.paper.estimate import Estimate, Share
from cgr_nb.paper.material import Part, fetch_part, look
from cgr_nb.paper.plan import PaperPlan, plan_paper
from cgr_nb.paper.setup import paper_config, write_paper_study

__all__ = [
    "Absent",
    "Estimate",
    "PaperPlan",
    "Part",
    "Share",
    "Speed",
    "fetch_part",
    "look",
    "measure_speed",
    "paper_config",
    "plan_paper",
    "read_absent",
    "write_paper_study",
]
