"""A worker of its own world: no network devices, no other processes, no host name, no capabilities.

One namespace set covers a worker and every program it forks, so a program pays nothing for it. The
worker is process 1 of its world: when it ends, the kernel ends every process in it.
"""

from __future__ import annotations

import os
import signal
import struct

from cgr_nb.confinement import forbid_new_privileges, libc

__all__ = ["die_with_parent", "drop_privileges", "name_process", "unshare"]

_NEWUSER, _NEWPID, _NEWNET, _NEWIPC, _NEWUTS = (
    0x10000000,
    0x20000000,
    0x40000000,
    0x08000000,
    0x04000000,
)
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522


def unshare() -> None:
    """Enter new user, process, network, IPC and host name namespaces. Call it while
    single-threaded.

    The process namespace is entered by the next child, which is its process 1.

    Raises:
        OSError: The kernel or an administrator forbids user namespaces.
    """
    uid, gid = os.getuid(), os.getgid()
    libc.call("unshare", _NEWUSER | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    libc.call("sethostname", b"sandbox", 7)


def drop_privileges() -> None:
    """Give up every capability, so that being root means no more than owning root's files, and any
    way to gain one."""
    forbid_new_privileges()
    if libc.ARCH is not None:
        header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
        libc.syscall(_CAPSET[libc.ARCH], header, bytes(24))


def die_with_parent() -> None:
    """Let the kernel kill this process when the thread that started it ends."""
    libc.call("prctl", _PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def name_process(name: bytes) -> None:
    """What `ps` and `top` show for this process and those it forks."""
    libc.call("prctl", _PR_SET_NAME, name, 0, 0, 0)
