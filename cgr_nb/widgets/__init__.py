"""The study under the hand: panels that live in a notebook and stay alive in a saved page.

Each panel is an anywidget: a Python class with traits and public methods, a hand-written ES module
that only draws, and a style sheet that follows JupyterLab's theme.
"""

from cgr_nb.extras import needed

with needed("anywidget", where="panels"):
    import anywidget  # noqa: F401 - said here, before any module of this room asks for it
    import ipywidgets  # noqa: F401
    import traitlets  # noqa: F401

from cgr_nb.widgets.auditor import Auditor
from cgr_nb.widgets.comparison import Comparison
from cgr_nb.widgets.results import Results
from cgr_nb.widgets.stepper import Stepper
from cgr_nb.widgets.workbench import Workbench

__all__ = ["Auditor", "Comparison", "Results", "Stepper", "Workbench"]
