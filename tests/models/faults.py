"""Faults for worker processes: a `sitecustomize` that Python imports before anything else.

The worker is started with its parent's `sys.path`, so a folder put there breaks it from inside, as
a fault in native code would, and the product has no switch for it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager

PREAMBLE = """
import os, signal, sys
if "cgr_nb.models.worker" in " ".join(sys.orig_argv):
    from cgr_nb.models.engine import context, loaded
    from cgr_nb.models import native
"""


@contextmanager
def fault(folder, body):
    """While it lasts, workers that are started run `body` first (indented by four spaces)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(PREAMBLE + body)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


DIES_IN_FIRST_BATCH_WITH_EXTRA_BUFFERS = """
    load = native.load_weights
    def load_weights(path, layers, on_progress=None, extra_buffers=True):
        if extra_buffers:
            context.Context.compute = lambda self: signal.raise_signal(signal.SIGSEGV)
        return load(path, layers, on_progress, extra_buffers)
    loaded.load_weights = load_weights
"""

DIES_IN_FIRST_BATCH = """
    context.Context.compute = lambda self: signal.raise_signal(signal.SIGILL)
"""

DIES_WHILE_LOADING = """
    def load_weights(*_):
        sys.stderr.write("ggml.c:1: GGML_ASSERT(n_layer > 0) failed\\n")
        sys.stderr.flush()
        os.abort()
    loaded.load_weights = load_weights
"""

DIES_ON_A_WORD = """
    from cgr_nb.models.engine import engine
    submit = engine.Engine.submit
    def die(self, request):
        if "DEADLY" in request.text:
            signal.raise_signal(signal.SIGSEGV)
        submit(self, request)
    engine.Engine.submit = die
"""

SENDS_NONSENSE = """
    from cgr_nb.models.worker import serve
    serve.encode = lambda message: b"\\xff\\xff\\xff\\xff"
"""

ANSWERS_NONSENSE = """
    from cgr_nb.models.worker import serve
    encode = serve.encode
    def lie(message):
        if message["type"] == "answer" and isinstance(message["value"], dict) and "text" in message["value"]:
            message["value"]["reply_tokens"] = "many"
        return encode(message)
    serve.encode = lie
"""
