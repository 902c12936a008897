"""The two files a program writes, output and record: nameless, in memory where the system can do
that."""

from __future__ import annotations

import os
import tempfile

__all__ = ["ScratchFile"]


class ScratchFile:
    """A nameless file that a program appends to, and the host reads when it has ended or stands
    still."""

    def __init__(self, name: str) -> None:
        if hasattr(os, "memfd_create"):
            self.fd = os.memfd_create(name, os.MFD_CLOEXEC)
        else:
            with tempfile.TemporaryFile() as file:
                self.fd = os.dup(file.fileno())
        import fcntl  # not where programs can't run, and studies can still be read

        fcntl.fcntl(self.fd, fcntl.F_SETFL, os.O_APPEND)

    def read(self, most: int, start: int = 0) -> bytes:
        """Bytes of it, from a place on."""
        return os.pread(self.fd, most, start)

    def __enter__(self) -> ScratchFile:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self.fd)
