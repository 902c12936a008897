"""A study in the forms that other tools read: Inspect's logs, lm-evaluation-harness's samples."""

from cgr_nb.export.inspect_log import export_inspect
from cgr_nb.export.lm_eval_samples import export_lm_eval

__all__ = ["export_inspect", "export_lm_eval"]
