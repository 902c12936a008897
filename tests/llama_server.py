"""`llama_cpp.server` on loopback, in a child process: what llama.cpp does wrong, it does to that one.
Run as a script with a GGUF file it serves it, and prints its port.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys


class LlamaServer:
    """The child, from the asking side. The model is called "tiny"."""

    def __init__(self, path):
        self._path = str(path)

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, __file__, self._path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        self.address = f"http://127.0.0.1:{int(self._process.stdout.readline())}/v1"
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._process.stdin.close()


def serve(path):
    from cgr_nb.models.benchmark.orphan import die_with_parent
    from cgr_nb.models.benchmark.plain import import_plain

    die_with_parent()
    import_plain()
    import uvicorn
    from llama_cpp.server.app import create_app
    from llama_cpp.server.settings import ModelSettings, ServerSettings

    served = ModelSettings(model=path, model_alias="tiny", n_ctx=512, n_threads=1, verbose=False)
    app = create_app(server_settings=ServerSettings(), model_settings=[served])
    with socket.socket() as listening:
        # It listens from here on: who asks early waits for the server, not in vain.
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        print(listening.getsockname()[1], flush=True)
        config = uvicorn.Config(app, log_level="error", lifespan="off")
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    serve(sys.argv[1])
