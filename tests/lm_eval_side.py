"""lm-evaluation-harness with its own `gguf` model (`lm_eval.models.gguf.GGUFLM`), which asks a
`llama_cpp.server` over loopback: a child process, under any Python that has both. Run as a script
it reads an order as JSON and prints what the harness made of each part of it.

The harness computes everything: requests, sums, accuracies. Two miscounts between `GGUFLM` and this
server are mended in the server's answer, and what comes of the answer as it was is told too:

- `GGUFLM` takes the tokens whose offset is at or behind the prompt's length. The server's offsets
  leave the characters of control tokens out, of which a chat template's prompt is full.
- `GGUFLM` drops the last token, the one that the server was made to write. Where the model ends its
  reply at once the server has written none, and the text's own last token is dropped.

The server sorts the whole vocabulary in Python for every token of every prompt, to tell the ten
likeliest: seconds a text. `top_pairs` finds those with NumPy instead; an order can do without it.

It computes of each text what is not the same as in the text before, so the rows of its batches are
others each time, and sums round otherwise. An order may ask for `same_batches`: then each prompt is
computed by itself and each text behind it by itself, as our exact mode does. Of the prompt before it
a prompt keeps whole tiles of rows, which leaves every bit as it is from an empty context.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from contextlib import contextmanager

TOP = 16
"""More than `GGUFLM` asks for."""
BLOCK = 64
TILE = 16
"""Rows that llama.cpp's kernels compute together at most."""


class Pairs:
    """Logarithms with their token numbers, as the server pairs them to sort them."""

    def __init__(self, logprobs):
        self.logprobs = logprobs


def pairs_or_zip(*columns, **how):
    """In place of `zip` in the server."""
    import numpy as np

    if len(columns) == 2 and isinstance(columns[0], np.ndarray) and isinstance(columns[1], range):
        return Pairs(columns[0])
    return zip(*columns, **how)  # noqa: B905 - as the server says


def top_pairs(values, **how):
    """In place of `sorted` in the server: the first of the same list."""
    import numpy as np

    if not isinstance(values, Pairs):
        return sorted(values, **how)
    found = values.logprobs
    # So many blocks have a top that is no less: so many tokens at least, and the top ones, are not
    # less either.
    tops = np.sort(np.maximum.reduceat(found, np.arange(0, len(found), BLOCK)))
    least = tops[-TOP] if len(tops) >= TOP else found.min()
    best = [(found[token], int(token)) for token in np.flatnonzero(found >= least)]
    return sorted(best, reverse=True)


def without_extra_buffers(llama_cpp):
    """Keep llama.cpp from repacking weights, which not every machine bears."""
    defaults = llama_cpp.llama_cpp.llama_model_default_params

    def changed():
        parameters = defaults()
        parameters.use_extra_bufts = False
        return parameters

    llama_cpp.llama_cpp.llama_model_default_params = changed
    llama_cpp.llama_model_default_params = changed


class Served:
    """The server's model, to be told where to begin. Log-probabilities of a prompt's own tokens, which
    the server works out again with every text behind it, are worked out once."""

    def __init__(self):
        from llama_cpp import Llama
        from llama_cpp.server.model import LlamaProxy

        self._load = LlamaProxy.load_llama_from_model_settings
        self._model = None
        self._prompt = []
        self._of_prompt = None
        self._logprobs_of = Llama.logits_to_logprobs
        LlamaProxy.load_llama_from_model_settings = staticmethod(self._keep)
        Llama.logits_to_logprobs = staticmethod(self._logprobs)

    def _keep(self, settings):
        self._model = self._load(settings)
        return self._model

    def stand_behind(self, tokens):
        """Have just these computed, in batches of their own. Nobody asks the server meanwhile."""
        if self._prompt != tokens:
            most = min(len(self._prompt), len(tokens) - TILE)
            same = (n for n in range(max(0, most)) if self._prompt[n] != tokens[n])
            self._model.n_tokens = kept = max(0, next(same, most)) // TILE * TILE
            self._model.eval(tokens[kept:])
            self._prompt, self._of_prompt = tokens, None
        self._model.n_tokens = len(tokens)

    def _logprobs(self, logits, axis=-1):
        import numpy as np

        if logits.ndim < 2:
            return self._logprobs_of(logits, axis)
        count = len(self._prompt)
        if self._of_prompt is None:
            self._of_prompt = self._logprobs_of(logits[:count])
        return np.concatenate([self._of_prompt, self._logprobs_of(logits[count:])])


@contextmanager
def serving(weights, context, threads):
    """A server in a thread of this process: its address."""
    import uvicorn
    from llama_cpp.server.app import create_app
    from llama_cpp.server.settings import ModelSettings, ServerSettings

    served = ModelSettings(
        model=weights,
        n_ctx=context,
        n_threads=threads,
        n_threads_batch=threads,
        logits_all=True,
        verbose=False,
    )
    app = create_app(server_settings=ServerSettings(), model_settings=[served])
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        config = uvicorn.Config(app, log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


class Tokeniser:
    """How the server reads a prompt."""

    def __init__(self, weights):
        import llama_cpp

        self._model = llama_cpp.Llama(weights, vocab_only=True, verbose=False)
        self.bos = self._model.token_bos()
        self.adds_bos = self._model.tokenize(b"a", add_bos=True)[:1] == [self.bos]
        self._bos_text = self._model.detokenize([self.bos], special=True).decode()

    def prompt(self, text):
        """A whole prompt, less the first token where the server writes that itself.

        The server tells probabilities of the right tokens only behind that first token.
        """
        begins = bool(self._bos_text) and text.startswith(self._bos_text)
        if self.adds_bos:
            return text[len(self._bos_text) :] if begins else text
        if not begins:
            raise SystemExit("the server miscounts prompts that do not begin with the first token")
        return text

    def tokens(self, prompt):
        """Those that the server makes of a prompt."""
        found = self._model.tokenize(prompt.encode(), add_bos=False, special=True)
        return [self.bos, *found] if self.adds_bos else found

    def unseen(self, prompt):
        """Characters of a prompt that the server's offsets leave out."""
        tokens = self.tokens(prompt)
        behind = tokens[1:] if tokens[:1] == [self.bos] else tokens
        return len(prompt) - len(self._model.detokenize(behind).decode("utf-8", errors="ignore"))


def mended_model(url, tokeniser, served=None):
    """The harness's own model, its miscounts mended; see the module. With the server's model, that
    is made to compute the same batches as our engine."""
    from lm_eval.models.gguf import GGUFLM, get_result

    class Mended(GGUFLM):
        def __init__(self):
            super().__init__(base_url=url)
            self.as_it_is = []
            """Of each text the sum without mending; None where `GGUFLM` fails."""
            self.tokens = []
            """How many tokens each text has."""
            self._unseen = {}

        def gguf_completion(self, context, continuation=None, **how):
            if served is not None:
                served.stand_behind(tokeniser.tokens(context))
            answer = super().gguf_completion(context=context, continuation=continuation, **how)
            choice = answer["choices"][0]
            told = choice["logprobs"]
            try:
                self.as_it_is.append(get_result(told, len(context))[0])
            except (IndexError, TypeError):
                self.as_it_is.append(None)
            if context not in self._unseen:
                self._unseen[context] = tokeniser.unseen(context)
            offsets = [offset + self._unseen[context] for offset in told["text_offset"]]
            told["text_offset"] = offsets
            if choice["finish_reason"] == "stop":
                # A token that was not written, to be dropped.
                for name, nothing in (("tokens", ""), ("token_logprobs", 0.0)):
                    told[name].append(nothing)
                told["top_logprobs"].append({"": 0.0})
                offsets.append(len(context + continuation))
            self.tokens.append(sum(offset >= len(context) for offset in offsets) - 1)
            return answer

    return Mended()


def evaluate(model, tokeniser, questions, delimiter):
    """Have the harness answer the questions, and tell what it found of each."""
    import datasets
    import lm_eval
    import numpy as np
    from lm_eval.api.task import ConfigurableTask
    from lm_eval.tasks import TaskManager

    rows = [{**row, "prompt": tokeniser.prompt(row["prompt"])} for row in questions]
    task = ConfigurableTask(
        config={
            "task": "parity",
            "custom_dataset": lambda **_: {"test": datasets.Dataset.from_list(rows)},
            "test_split": "test",
            "output_type": "multiple_choice",
            "doc_to_text": lambda row: row["prompt"],
            "doc_to_choice": lambda row: row["choices"],
            "doc_to_target": lambda row: row["gold"],
            "target_delimiter": delimiter,
            "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}],
        }
    )
    # The harness's own tasks are not asked for: reading their thousands of files takes seconds.
    found = lm_eval.simple_evaluate(
        model=model,
        tasks=[task],
        task_manager=TaskManager(include_defaults=False),
        bootstrap_iters=0,
        log_samples=True,
    )
    samples = sorted(found["samples"]["parity"], key=lambda sample: sample["doc_id"])
    answers, start = [], 0
    for row, sample in zip(rows, samples, strict=True):
        texts = row["choices"]
        sums = [float(reply[0]) for [reply] in sample["resps"]]
        lengths = [float(len(text)) for text in texts]
        best = {"acc": int(np.argmax(sums)), "acc_norm": int(np.argmax(np.divide(sums, lengths)))}
        for name, number in best.items():
            # The harness says whether its own prediction is the answer.
            assert (number == row["gold"]) == bool(sample[name]), (name, sample)
        for text, (prompt, continuation) in zip(texts, arguments_of(sample), strict=True):
            assert (prompt, continuation) == (row["prompt"], delimiter + text)
        end = start + len(texts)
        answers.append(
            {
                **best,
                "sums": sums,
                "as_it_is": model.as_it_is[start:end],
                "tokens": model.tokens[start:end],
            }
        )
        start = end
    scores = {name: found["results"]["parity"][f"{name},none"] for name in ("acc", "acc_norm")}
    return {"answers": answers, "scores": scores}


def arguments_of(sample):
    """Prompt and continuation of each request, however this version of the harness writes them."""
    said = sample["arguments"]
    each = said.values() if isinstance(said, dict) else said
    return [(one["arg_0"], one["arg_1"]) if isinstance(one, dict) else tuple(one) for one in each]


def main():
    """Read the order, work, print."""
    order = json.load(sys.stdin)
    import llama_cpp
    import llama_cpp.llama as server_side

    if not order["extra_buffers"]:
        without_extra_buffers(llama_cpp)
    if not order["plain_server"]:
        vars(server_side).update(zip=pairs_or_zip, sorted=top_pairs)
    tokeniser = Tokeniser(order["weights"])
    served = Served() if order["same_batches"] else None
    with serving(order["weights"], order["context"], order["threads"]) as url:
        found = [
            evaluate(mended_model(url, tokeniser, served), tokeniser, part, order["delimiter"])
            for part in order["parts"]
        ]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
