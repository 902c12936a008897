"""Arms: other ways to answer the same rows, so that a gain can be told from what it costs.

Direct, assisted (`cgr`) and generator-side answers are in the row itself. Each further arm is an
entry point in group `cgr_nb.arms` and gives one `ArmAnswer` a row, with its calls and tokens.
"""

from cgr_nb.study.arms.interface import Arm
from cgr_nb.study.arms.opening import arm_names, arm_summaries, open_arms

__all__ = ["Arm", "arm_names", "arm_summaries", "open_arms"]
