"""Runs generated programs as hostile code.

What it covers. Each program gets a process of its own, forked from a clean worker that never held
the item's gold, a model, or any memory of the host. Of the host it can reach one pipe to ask the
solver along; CPU, wall time, memory, output, calls and the sizes of what it sends are limited from
outside. On Linux with seccomp and Landlock (level "strict") it can open no file but the
interpreter's own library, write none, reach no network, start, signal or trace no process, and it
ends with all its threads when its run does. How a run ended is decided by the host, never by what
the program prints.

What it does NOT cover. The kernel: a program that exploits a flaw in it is out. Side channels: the
program shares the processor and can measure time. Existence of paths: `os.stat` still tells
whether a path exists. Honesty: a program can return any letter, fake its own trace and what it
says of its lines; only the call log is the host's. Determinism: clocks, `os.urandom`, object
addresses and threads differ between runs. Below "strict" some of the walls are missing (`probe`
says which); at "limits", run only programs you trust. macOS gives "limits" and is untried. Windows
is not supported.
"""

from cgr_nb.sandbox.blocking import run_program
from cgr_nb.sandbox.host import Sandbox
from cgr_nb.sandbox.isolation import LEVELS, IsolationReport, Level
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.probe import probe
from cgr_nb.sandbox.replay import recorded, replay
from cgr_nb.sandbox.run import AskRequest
from cgr_nb.sandbox.trace import Frame, State, Step, Trace

__all__ = [
    "LEVELS",
    "AskRequest",
    "Frame",
    "IsolationReport",
    "Level",
    "Limits",
    "Sandbox",
    "State",
    "Step",
    "Trace",
    "probe",
    "recorded",
    "replay",
    "run_program",
]
