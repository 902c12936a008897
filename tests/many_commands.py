"""Several commands of `cgr-nb`, one after the other in one new process: what each would be told.

`run_commands` starts it. Run as a script it reads the commands as JSON, a list of lists of words, and prints a list of
{"code", "out", "err"}. A process for each of them would spend most of its time on imports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile


def run_commands(*commands, cwd):
    """What each command says there: "code", "out" and "err"."""
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps([list(map(str, words)) for words in commands]),
        cwd=cwd,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def main():
    """Read the commands, run them, tell what they said."""
    from cgr_nb.cli import main as command

    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    found = []
    for words in json.load(sys.stdin):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            # At the descriptor: what a child of the command says is caught too.
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            sys.argv = ["cgr-nb", *words]
            try:
                code = command()
            except SystemExit as end:
                code = end.code
            sys.stdout.flush()
            sys.stderr.flush()
            found.append({"code": code or 0, "out": read(out), "err": read(err)})
    json.dump(found, told)
    told.close()


def read(file):
    file.seek(0)
    return file.read().decode("utf-8")


if __name__ == "__main__":
    main()
