"""Code-Guided Reasoning in Jupyter: does an executable scaffold make this small model better?

    from cgr_nb import Comparison, Results, Stepper, Study, compare

    study = Study.run("study.toml")     # or Study.open("cgr-demo"), a folder that was run
    study.summary()                     # accuracies, what assistance changed, intervals
    study.rows()                        # one line for each item and solver, a pandas frame
    study.audit()                       # which programs hard-code their answer
    study.report()                      # one HTML file
    compare(study)                      # two runs on the same items: arms, models, studies
    Results(study)                      # panels in a notebook: Results, Auditor, Workbench
    Stepper(study, study.rows().iloc[0])
    Comparison(compare(study))

`extract` reads an answer out of a reply, `run_program` runs a scaffold in the sandbox,
`check_program` and `depends_on_solver` audit one, `read_items` reads item files. These names are
the stable ones. Each is loaded when it is first used, so that `import cgr_nb` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cgr_nb.util import deferred_grammar

if TYPE_CHECKING:
    from cgr_nb.analysis import stats
    from cgr_nb.answers import extract
    from cgr_nb.api import Study
    from cgr_nb.audit import check_program, depends_on_solver
    from cgr_nb.explore.two_runs import compare
    from cgr_nb.items import read_items
    from cgr_nb.records import Item
    from cgr_nb.sandbox import run_program
    from cgr_nb.widgets import Auditor, Comparison, Results, Stepper, Workbench

__version__ = "0.1.0"

__all__ = [
    "Auditor",
    "Comparison",
    "Item",
    "Results",
    "Stepper",
    "Study",
    "Workbench",
    "__version__",
    "check_program",
    "compare",
    "depends_on_solver",
    "extract",
    "read_items",
    "run_program",
    "stats",
]

# Public name -> the room it lives in. A room's own name means the module itself.
_HOMES = {
    "Auditor": "cgr_nb.widgets",
    "Comparison": "cgr_nb.widgets",
    "Item": "cgr_nb.records",
    "Results": "cgr_nb.widgets",
    "Stepper": "cgr_nb.widgets",
    "Study": "cgr_nb.api",
    "Workbench": "cgr_nb.widgets",
    "check_program": "cgr_nb.audit",
    "compare": "cgr_nb.explore.two_runs",
    "depends_on_solver": "cgr_nb.audit",
    "extract": "cgr_nb.answers",
    "read_items": "cgr_nb.items",
    "run_program": "cgr_nb.sandbox",
    "stats": "cgr_nb.analysis.stats",
}


deferred_grammar.defer()


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type is that of the name asked for
    if name not in _HOMES:
        raise AttributeError(f"module 'cgr_nb' has no attribute {name!r}")
    home = import_module(_HOMES[name])
    value = home if _HOMES[name].endswith(f".{name}") else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
