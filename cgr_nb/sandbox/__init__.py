"""Runs generated programs as hostile code.

What it covers. Each program gets a process of its own, forked from a clean worker that never held
the item's gold, a model, or any memory of the host. Of the host it can reach one pipe to ask the
solver along; CPU, wall time, memory, output, calls and the sizes of what it sends are limited from
outside. On Linux with seccomp and Landlock (level "strict") it can open no file but the
interpreter's own library, write none, reach no network, start, signal or trace no other process,
and it ends with all its threads when its run does; where user namespaces are allowed, it does not
even see the others. How a run ended is decided by the host, never by what the program prints: what
it sends is read by one strict reader, under its clock, and what does not fit is an outcome
("killed", and why), never an error of the host.

What it may take of the machine. Memory: its address space is limited, and no more programs exist at
once than the machine could bear if each took all of it (`memory`; everywhere but on macOS, which
enforces no such limit). Threads: as many as `limits.MOST_THREADS` in one run, where system calls
are filtered and the kernel is Linux 5.5 or newer; elsewhere only memory limits them. Processes:
none, where system calls are filtered; elsewhere they are not limited, and end with the run as far
as they stay in its process group, with the worker where there are namespaces.

What it does NOT cover. The kernel: a program that exploits a flaw in it is out. Side channels: the
program shares the processor and can measure time. Existence of paths: `os.stat` still tells whether
a path exists, and how large it is. Honesty: a program can return any letter, fake its own trace and
the lines it names; only the call log is the host's. Determinism: `random`, hashes, locale and time
zone are fixed; clocks, `os.urandom`, object addresses and the order of threads are not, and a run
that a time limit ends is ended wherever it happens to be. Below "strict" some of the walls are
missing (`probe` says which); at "limits", run only programs you trust. macOS can give no more than
"limits" and is untried, and so is Linux on aarch64. Windows is not supported.
"""

from cgr_nb.sandbox.blocking import run_program
from cgr_nb.sandbox.cell_session import CellSession
from cgr_nb.sandbox.frames import AskRequest
from cgr_nb.sandbox.host import Sandbox
from cgr_nb.sandbox.isolation import LEVELS, IsolationReport, Level
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.modes import RunMode
from cgr_nb.sandbox.probe import probe
from cgr_nb.sandbox.replies import Asker, AskReply, question_of
from cgr_nb.sandbox.runner import CellRunner, Cells, ProgramRunner
from cgr_nb.sandbox.trace import Frame, State, Step, Trace
from cgr_nb.sandbox.transcript import CellLine, is_transcript, place_of, transcript

__all__ = [
    "LEVELS",
    "AskReply",
    "AskRequest",
    "Asker",
    "CellLine",
    "CellRunner",
    "CellSession",
    "Cells",
    "Frame",
    "IsolationReport",
    "Level",
    "Limits",
    "ProgramRunner",
    "RunMode",
    "Sandbox",
    "State",
    "Step",
    "Trace",
    "is_transcript",
    "place_of",
    "probe",
    "question_of",
    "run_program",
    "transcript",
]
