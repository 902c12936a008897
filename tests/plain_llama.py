"""`llama_cpp.Llama` as a reference, in a child process: what llama.cpp does wrong, it does to that
one. Run as a script it answers orders, a line of JSON each, until its input ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import subprocess
import sys


class PlainLlama:
    """The child, from the asking side."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def ask(self, **order):
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def complete(llama_cpp, model, prompt, max_tokens, seed, **sampling):
    """What a prompt is completed with, in an empty context."""
    model.reset()
    model.set_seed(seed)
    tokens = model.tokenize(prompt.encode(), add_bos=False, special=True)
    made = []
    for token in model.generate(tokens, repeat_penalty=1.0, **sampling):
        if llama_cpp.llama_vocab_is_eog(model._model.vocab, token):
            break
        made.append(token)
        if len(made) == max_tokens:
            break
    return model.detokenize(made).decode("utf-8", "replace")


def score(llama_cpp, model, prompt, texts):
    """Sum of the log-probabilities of each text's tokens behind a prompt, and of the end of the
    reply behind it: prompt and text are encoded together, split at the prompt's own length, and
    computed from an empty context, first the prompt, then the text."""
    import numpy as np

    def tokens_of(text):
        return model.tokenize(text.encode(), add_bos=False, special=True)

    ends = [
        token
        for token in range(model.n_vocab())
        if llama_cpp.llama_vocab_is_eog(model._model.vocab, token)
    ]
    found = []
    for text in texts:
        start, tokens = len(tokens_of(prompt)), tokens_of(prompt + text)
        assert tokens[:start] == tokens_of(prompt), "prompt and text merge"
        model.reset()
        model.eval(tokens[:start])
        model.eval(tokens[start:])
        rows = np.asarray(model.scores[start - 1 : len(tokens)], np.float64)
        whole = np.logaddexp.reduce(rows, axis=1)
        logprobs = [rows[n, token] - whole[n] for n, token in enumerate(tokens[start:])]
        end = np.logaddexp.reduce(rows[-1, ends]) - whole[-1]
        found.append([float(sum(logprobs)), float(end), len(logprobs)])
    return found


def buffers(llama_cpp, path):
    """Kinds of buffers that plain `Llama` puts the weights in, by llama.cpp's own log."""
    lines = []

    @llama_cpp.llama_log_callback
    def on_log(level, text, _):
        lines.append(text.decode("utf-8", "replace"))

    llama_cpp.llama_log_set(on_log, ctypes.c_void_p(0))
    llama_cpp.Llama(path, n_ctx=64, n_threads=1, verbose=True)
    llama_cpp.llama_log_set(llama_cpp.llama_log_callback(0), ctypes.c_void_p(0))
    return re.findall(r"load_tensors: +(\S.*?) model buffer size", "".join(lines))


def serve():
    from cgr_nb.bench.engine.plain import import_plain

    llama_cpp = import_plain()
    loaded = {}
    for line in sys.stdin:
        order = json.loads(line)
        what, path = order.pop("what"), order.pop("path")
        if what == "buffers":
            answer = buffers(llama_cpp, path)
        else:
            options = order.pop("options")
            key = json.dumps([path, what, options])
            if key not in loaded:
                loaded[key] = llama_cpp.Llama(
                    path,
                    n_ctx=512,
                    n_threads=1,
                    n_threads_batch=1,
                    verbose=False,
                    logits_all=what == "score",
                    **options,
                )
            work = score if what == "score" else complete
            answer = work(llama_cpp, loaded[key], **order)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
