"""A toy model that tells log-probabilities of prompts as servers do: llama_cpp.server, vLLM.

A word with the space before it is a token, and so is each other character; of one that is not
ASCII, each of its bytes. A token's log-probability is made of the two before it and of itself.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from loopback_endpoint import Act

CONTROL = re.compile(r"<\|[a-z_]+\|>")
PIECE = re.compile(r"<\|[a-z_]+\|>| ?[A-Za-z]+|[\x00-\x7f]|[^\x00-\x7f]")


@dataclass(frozen=True)
class Toy:
    """How the server spells what it tells."""

    names_control: bool = True
    """It tells the texts of control tokens, and counts their characters."""
    half: str = "\ufffd"
    """The text of a token that is part of a character."""
    offsets: bool = True
    writes: str = " yes"
    """What it goes on with, always: its likeliest token."""

    def tokens(self, text):
        """(what it is, its text as told, characters that are whole behind it) of each token."""
        found, whole = [], 0
        for piece in PIECE.findall(text):
            if CONTROL.fullmatch(piece):
                told = piece if self.names_control else ""
                whole += len(told)
                found.append((piece, told, whole))
            elif piece.isascii():
                whole += len(piece)
                found.append((piece, piece, whole))
            else:
                data = piece.encode()
                for number, byte in enumerate(data, 1):
                    whole += len(self.half) if self.half else number == len(data)
                    found.append((f"byte {byte}", self.half, whole))
        return found

    def logprobs(self, text):
        names = [name for name, _, _ in self.tokens(text)]
        return [self.logprob(names[:place], name) for place, name in enumerate(names)]

    def logprob(self, before, name):
        if name == self.writes:
            return -0.25
        seen = "|".join((*before[-2:], name)).encode()
        return -1.0 - int(hashlib.sha256(seen).hexdigest()[:4], 16) / 8192

    def sums(self, shared, text, end):
        """What is to be found of a text behind characters that all texts share: log-probability,
        tokens, log-probability of the end."""
        names = [name for name, _, _ in self.tokens(shared + text + end)]
        first = len(self.tokens(shared))
        last = len(self.tokens(shared + text))
        values = [self.logprob(names[:place], name) for place, name in enumerate(names)]
        return sum(values[first:last]), last - first, values[last] if end else None

    def echo(self, asked):
        """As llama_cpp.server and vLLM answer `echo`."""
        text = asked["prompt"]
        tokens = [*self.tokens(text), (self.writes, self.writes, 0)]
        starts = [0, *(whole for _, _, whole in tokens)]
        names = [name for name, _, _ in tokens]
        logprobs = [self.logprob(names[:place], name) for place, name in enumerate(names)]
        told = {
            "tokens": [told for _, told, _ in tokens],
            "token_logprobs": [None, *logprobs[1:]],
            "top_logprobs": [None] * len(tokens),
            "text_offset": starts[: len(tokens)] if self.offsets else None,
        }
        return self.body(text + self.writes, told, len(tokens) - 1)

    def vllm(self, asked):
        """As vLLM answers `prompt_logprobs`."""
        tokens = self.tokens(asked["prompt"])
        values = self.logprobs(asked["prompt"])
        places = [
            {str(number): {"logprob": value, "rank": 3, "decoded_token": told}}
            for number, ((_, told, _), value) in enumerate(zip(tokens, values, strict=True))
        ]
        told = {"tokens": [self.writes], "token_logprobs": [-0.25], "text_offset": [0]}
        body = self.body(self.writes, told, len(tokens))
        body["choices"][0]["prompt_logprobs"] = [None, *places[1:]]
        return body

    def body(self, text, logprobs, count):
        choice = {"index": 0, "text": text, "logprobs": logprobs, "finish_reason": "length"}
        usage = {"prompt_tokens": count, "completion_tokens": 1, "total_tokens": count + 1}
        made = {"id": "x", "object": "text_completion", "created": 0, "model": "m"}
        return {**made, "choices": [choice], "usage": usage}

    def answer(self, asked):
        """What a server that knows both forms says; one that speaks chat, too."""
        if "prompt" not in asked:
            return Act("Answer: A")
        if "prompt_logprobs" in asked:
            return Act(body=self.vllm(asked))
        return Act(body=self.echo(asked))
