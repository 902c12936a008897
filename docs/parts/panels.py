"""Saved panels of the bundled study, as files of the site.

The study is run for it, with the bundled models, once in a folder of its own; where
`CGR_NB_DOCS_STUDY` names one that was run already, that is taken.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from cgr_nb import Auditor, Comparison, Results, Stepper, Study, Workbench, compare
from cgr_nb.study.demo import demo_config
from cgr_nb.widgets.panel import Panel

__all__ = ["saved_panels"]

STUDY = "CGR_NB_DOCS_STUDY"
PANELS: Mapping[str, Callable[[Study], Panel]] = {
    "stepper": lambda study: Stepper(study, _a_run(study)),
    "results": Results,
    "comparison": lambda study: Comparison(compare(study)),
    "auditor": Auditor,
    "workbench": Workbench,
}


@cache
def saved_panels() -> dict[str, str]:
    """Place in the site -> one HTML page each; made once, however often a server builds anew."""
    if os.environ.get(STUDY):
        return _of(Path(os.environ[STUDY]))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "study"
        Study.run(demo_config(2), folder, progress=False).close()
        return _of(folder)


def _of(folder: Path) -> dict[str, str]:
    with Study.open(folder) as study:
        return {f"panels/{name}.html": panel(study).to_html() for name, panel in PANELS.items()}


def _a_run(study: Study) -> int:
    """The first row, in the order of the study, whose program asked more than once."""
    rows = study.rows()
    several = rows["asks"] > 1
    return int(several.to_numpy().argmax())
