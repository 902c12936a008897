"""What host and worker say to each other on the control socket. Needs nothing of the system."""

from __future__ import annotations

import struct
from typing import Final

__all__ = ["EXITED", "EXITED_FORMAT", "KILL", "LOCATE", "ORDER_FORMAT", "START"]

START: Final = 1
KILL: Final = 2
LOCATE: Final = 3
EXITED: Final = 4
ORDER_FORMAT: Final = struct.Struct("=IQ")
"""Kind and program id."""
EXITED_FORMAT: Final = struct.Struct("=IQid")
"""Kind, program id, wait status, CPU seconds."""
