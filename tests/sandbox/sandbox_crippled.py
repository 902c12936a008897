"""Run as a script: take system calls away from this process, then say what isolation is left.

Usage: python sandbox_crippled.py LAYER[,LAYER] [attack name]...
The calls are taken away by a seccomp filter, which the sandbox's worker inherits, so that this machine
is to it as one that lacks them.
"""

import ctypes
import json
import os
import struct
import sys
from pathlib import Path

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ENOSYS, EPERM, EINVAL = 38, 1, 22


def refuse(number, code, argument=None):
    """BPF steps: a call (with this first argument) fails with an error code."""
    answer = (RETURN, 0, 0, 0x00050000 | code)
    if argument is None:
        return [(EQUAL, 0, 1, number), answer]
    return [
        (EQUAL, 0, 4, number),
        (LOAD, 0, 0, 16),
        (EQUAL, 0, 1, argument),
        answer,
        (RETURN, 0, 0, 0x7FFF0000),
    ]


LAYERS = {
    "landlock": [refuse(444, ENOSYS)],
    "namespaces": [refuse(272, EPERM)],
    "seccomp": [refuse(157, EINVAL, 22), refuse(317, ENOSYS)],
}


def take_away(names):
    steps = [(LOAD, 0, 0, 0)]
    for name in names:
        for block in LAYERS[name]:
            steps += block
    steps.append((RETURN, 0, 0, 0x7FFF0000))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    header = struct.pack("=HxxxxxxQ", len(steps), ctypes.addressof(code))
    assert libc.prctl(22, 2, header, 0, 0) == 0, os.strerror(ctypes.get_errno())


def main():
    take_away(filter(None, sys.argv[1].split(",")))
    from sandbox_attacks import ATTACKS

    from cgr_nb.errors import IsolationError
    from cgr_nb.sandbox import probe, run_program

    item = {"question": "?", "options": {"A": "1", "B": "2"}}
    report = probe()
    try:
        run_program("def solve(item, ask): return 'A'", item, str, minimum="strict")
        refused = ""
    except IsolationError as error:
        refused = str(error)
    outcomes = {}
    for attack in ATTACKS:
        if attack.name in sys.argv[2:]:
            source = attack.source.replace("<canary>", __file__).replace("<pid>", str(os.getpid()))
            source = source.replace("<spoil>", "/tmp/cgr-spoil").replace("<port>", "9")
            source = source.replace("<folder>", str(Path(__file__).parent))
            run = run_program(source, item, str, cpu_s=1, minimum="limits")
            outcomes[attack.name] = [run.status, run.solver_answer, run.isolation]
    print(json.dumps({**report.to_dict(), "refused": refused, "outcomes": outcomes}))


if __name__ == "__main__":
    main()
