"""A finished or running study in a browser, without Jupyter: report and panels from one local page.

panels.py   the panels behind its pages, which are asked and never write
pages.py    what there is to look at, made when somebody looks and kept while the study is the same
server.py   the page, read only, for this machine and for whoever has its address
"""

from cgr_nb.viewer.pages import StudyPages
from cgr_nb.viewer.server import Viewer

__all__ = ["StudyPages", "Viewer"]
