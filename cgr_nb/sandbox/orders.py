"""What host and worker say to each other on the control socket. Needs nothing of the system."""

from __future__ import annotations

import struct
from typing import Final

__all__ = [
    "CROWDED",
    "EXITED",
    "FAILED",
    "KILL",
    "LOCATE",
    "ORDER_FORMAT",
    "PAUSE",
    "RESUME",
    "START",
    "START_READER",
    "TOLD_FORMAT",
]

START: Final = 1
KILL: Final = 2
LOCATE: Final = 3
EXITED: Final = 4
CROWDED: Final = 5
FAILED: Final = 6
PAUSE: Final = 7
RESUME: Final = 8
START_READER: Final = 9
"""Start a program that may call the readers of replies, for which all is prepared first."""
ORDER_FORMAT: Final = struct.Struct("=IQ")
"""Kind and program id."""
TOLD_FORMAT: Final = struct.Struct("=IQid")
"""Kind, program id, wait status, CPU seconds; of one that could not be started, its error number
and 0."""
