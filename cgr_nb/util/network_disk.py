"""Whether a folder lies on a network file system, as far as Linux tells.

SQLite's write-ahead log needs memory that all who use a file share, and locks that hold: network
file systems give neither to several machines, and not all of them give it to one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

__all__ = ["network_file_system"]

_ROOT: Final = Path("/")
_KINDS: Final = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "auristorfs", "9p", "ncpfs"),
        *("lustre", "gpfs", "beegfs", "ceph", "glusterfs", "orangefs", "panfs", "gfs2", "ocfs2"),
        *("fuse.sshfs", "fuse.s3fs", "fuse.gcsfuse", "fuse.rclone", "fuse.glusterfs"),
        *("fuse.ceph-fuse", "fuse.juicefs", "fuse.beegfs", "fuse.mount-s3", "wekafs"),
    )
)


def network_file_system(folder: Path, root: Path = _ROOT) -> str | None:
    """The kind of network file system that a folder is on ("nfs4"); None where it is on none, or
    the system does not tell.

    Args:
        folder: It need not be there yet.
        root: Where `proc` is.
    """
    try:
        mounts = (root / "proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return None
    place, found = Path(os.path.realpath(folder)), (-1, "")
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, kind = left.split(" "), right.partition(" ")[0]
        if len(fields) < 5:
            continue
        mount = Path(_unescaped(fields[4]))
        # Of two mounts in one place, the later one is seen.
        if place.is_relative_to(mount) and len(mount.parts) >= found[0]:
            found = len(mount.parts), kind
    return found[1] if found[1] in _KINDS else None


def _unescaped(text: str) -> str:
    """A path as mountinfo writes it: white space and backslashes as octal numbers."""
    for code in ("040", "011", "012", "134"):
        text = text.replace(f"\\{code}", chr(int(code, 8)))
    return text
