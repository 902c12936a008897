"""Four servers on loopback that speak as llama-server, vLLM, Ollama and LM Studio do, each with its
own words and its own silence; what the model behind them says is given.

What is imitated was read in the sources, pages and issue threads of each: fields that are ignored
with HTTP 200, shapes of errors, where thoughts go, names, fingerprints, counts.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Brain = Callable[[list[dict[str, str]]], str]
"""What the model says to a conversation, when it may say anything."""


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body


@dataclass
class Imitation:
    """What all four have. `server` is what a card calls the kind."""

    brain: Brain
    name: str = "smollm2"
    takes_system: bool = True
    thoughts: str = ""
    """What the model thinks before each answer, unless it is told not to."""
    n_ctx: int = 4096
    fingerprint: str | None = None
    counts: bool = True
    """Whether it tells `usage`."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    server = ""
    thought_field = "reasoning_content"

    def models(self) -> dict[str, Any]:
        raise NotImplementedError

    def error(self, status: int, kind: str, message: str) -> Refusal:
        raise NotImplementedError

    def choices_of(self, asked: dict[str, Any]) -> tuple[list[str], bool]:
        """The choices that a request holds it to, and whether they come in JSON; whatever field it
        does not know is as if it were not there."""
        shape = asked.get("response_format") or {}
        if shape.get("type") == "json_schema":
            return shape["json_schema"]["schema"]["properties"]["choice"]["enum"], True
        return [], False

    def thinks(self, asked: dict[str, Any]) -> str:
        kwargs = asked.get("chat_template_kwargs") or {}
        return "" if kwargs.get("enable_thinking") is False else self.thoughts

    def check(self, asked: dict[str, Any]) -> None:
        """Refuse what this server refuses."""

    def extra(self) -> dict[str, Any]:
        """What its replies have besides."""
        return {}

    def refuse_system(self) -> Refusal:
        return self.error(400, "BadRequestError", "System role not supported")

    def seen(self, messages: list[dict[str, str]]) -> list[dict[str, str]]:
        """The conversation that the model sees."""
        return messages

    def fits(self, prompt: int) -> bool:
        """Whether a prompt of so many tokens, and a reply, have room."""
        return prompt < self.n_ctx

    def complete(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One completion, whole."""
        self.check(asked)
        messages = asked["messages"]
        if not self.takes_system and any(turn["role"] == "system" for turn in messages):
            raise self.refuse_system()
        prompt = sum(len(turn["content"].split()) + 4 for turn in messages)
        if not self.fits(prompt):
            raise self.error(
                400,
                "exceed_context_size_error",
                f"request ({prompt} tokens) exceeds the available context size"
                f" ({self.n_ctx} tokens), try increasing it",
            )
        said = self.brain(self.seen(messages))
        choices, as_json = self.choices_of(asked)
        if choices:
            said = next((one for one in choices if one in said), choices[0])
            said = json.dumps({"choice": said}) if as_json else said
        room = asked["max_tokens"]
        thoughts, thought_finish = _cut(self.thinks(asked), room)
        said, finish = _cut(said, room - len(thoughts.split()))
        if thought_finish == "length":
            said, finish = "", "length"
        message: dict[str, Any] = {"role": "assistant", "content": said}
        if thoughts:
            message[self.thought_field] = thoughts
        reply = len(said.split()) + len(thoughts.split())
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": reply,
            "total_tokens": prompt + reply,
        }
        choice = {"index": 0, "message": message, "finish_reason": finish}
        made = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": self.name}
        return {
            **made,
            "choices": [choice],
            "system_fingerprint": self.fingerprint,
            **({"usage": usage} if self.counts else {}),
            **self.extra(),
        }


def _cut(text: str, room: int) -> tuple[str, str]:
    words = re.findall(r"\s*\S+", text)
    return ("".join(words[: max(room, 0)]), "length") if len(words) > room else (text, "stop")


@dataclass
class LlamaServer(Imitation):
    """Answers to any name; errors of templates are HTTP 500; the first request finds it loading."""

    fingerprint: str | None = "b7524-0c1a2b3"
    loading: int = 0
    """Requests that find it loading its model."""

    server = "llama.cpp"

    def models(self):
        meta = {"n_ctx": self.n_ctx, "n_ctx_train": 8192, "n_params": 134_515_008}
        one = {"id": self.name, "object": "model", "owned_by": "llamacpp", "meta": meta}
        return {"models": [{"name": self.name}], "object": "list", "data": [one]}

    def error(self, status, kind, message):
        more = {"n_prompt_tokens": 5000, "n_ctx": self.n_ctx} if "context" in kind else {}
        error = {"code": status, "message": message, "type": kind, **more}
        return Refusal(status, {"error": error})

    def refuse_system(self):
        said = (
            "\n------------\nWhile executing CallExpression at line 1, column 83 in source:\n"
            "...system' %}{{ raise_exception('System role not supported') }}...\n"
            "                ^\nError: Jinja Exception: System role not supported"
        )
        return self.error(500, "server_error", said)

    def check(self, asked):
        if self.loading:
            self.loading -= 1
            raise self.error(503, "unavailable_error", "Loading model")

    def choices_of(self, asked):
        if grammar := asked.get("grammar"):
            return [json.loads(text) for text in re.findall(r'"(?:[^"\\]|\\.)+"', grammar)][
                1:
            ], False
        return super().choices_of(asked)

    def extra(self):
        return {"timings": {"prompt_n": 12, "predicted_per_second": 88.5}}


@dataclass
class Vllm(Imitation):
    """Knows its own model only; its `guided_choice` went with 0.12, ignored with HTTP 200 since."""

    version: tuple[int, int] = (0, 14)
    server = "vllm"

    @property
    def thought_field(self):
        return "reasoning" if self.version >= (0, 12) else "reasoning_content"

    def models(self):
        one = {"id": self.name, "object": "model", "owned_by": "vllm", "root": "/weights"}
        return {"object": "list", "data": [{**one, "max_model_len": self.n_ctx, "permission": []}]}

    def error(self, status, kind, message):
        if kind == "exceed_context_size_error":
            kind = "BadRequestError"
            message = (
                f"This model's maximum context length is {self.n_ctx} tokens. However, your request"
                " has more input tokens. Please reduce the length of the input messages."
            )
        error = {"message": message, "type": kind, "param": None, "code": status}
        is_old = self.version < (0, 10)
        return Refusal(status, {"object": "error", **error} if is_old else {"error": error})

    def check(self, asked):
        if asked["model"] != self.name:
            said = f"The model `{asked['model']}` does not exist."
            raise self.error(404, "NotFoundError", said)
        if asked.get("top_k") == 0:
            raise self.error(400, "BadRequestError", "top_k must be -1 (disable), or at least 1.")

    def choices_of(self, asked):
        if self.version >= (0, 12):
            choices = (asked.get("structured_outputs") or {}).get("choice")
        else:
            choices = asked.get("guided_choice")
        return (choices, False) if choices else super().choices_of(asked)

    def complete(self, asked):
        body = super().complete(asked)
        message = body["choices"][0]["message"]
        message |= {"content": message["content"] or None, "refusal": None, "tool_calls": []}
        body["choices"][0] |= {"logprobs": None, "stop_reason": None, "token_ids": None}
        return body

    def extra(self):
        return {"service_tier": None, "prompt_logprobs": None, "kv_transfer_params": None}


@dataclass
class Ollama(Imitation):
    """Cuts a long prompt in silence, adds ":latest", and has its own way to switch thinking off."""

    fingerprint: str | None = "fp_ollama"
    server = "ollama"
    thought_field = "reasoning"

    def models(self):
        names = [f"{self.name}:latest", "nomic-embed-text:latest"]
        data = [{"id": name, "object": "model", "owned_by": "library"} for name in names]
        return {"object": "list", "data": data}

    def error(self, status, kind, message):
        error = {"message": message, "type": "api_error", "param": None, "code": None}
        return Refusal(status, {"error": error})

    def check(self, asked):
        if asked["model"] not in (self.name, f"{self.name}:latest"):
            said = f'model "{asked["model"]}" not found, try pulling it first'
            raise self.error(404, "not_found_error", said)

    def thinks(self, asked):
        return "" if asked.get("reasoning_effort") == "none" else self.thoughts

    def seen(self, messages):
        return [{**turn, "content": turn["content"][-4 * self.n_ctx :]} for turn in messages]

    def fits(self, prompt):
        return True


@dataclass
class LmStudio(Imitation):
    """Its errors are plain texts; an address that it does not know is HTTP 200 with an error."""

    server = "lmstudio"

    def models(self):
        names = ["another-model", self.name, "text-embedding-nomic-embed-text-v1.5"]
        data = [{"id": name, "object": "model", "owned_by": "organization_owner"} for name in names]
        return {"object": "list", "data": data}

    def error(self, status, kind, message):
        return Refusal(status, {"error": message})

    def refuse_system(self):
        said = (
            'Error rendering prompt with jinja template: "Only user and assistant roles are'
            " supported!\". This is usually an issue with the model's prompt template."
        )
        return self.error(400, "", said)

    def check(self, asked):
        shape = (asked.get("response_format") or {"type": "text"})["type"]
        if shape not in ("json_schema", "text"):
            raise self.error(400, "", "'response_format.type' must be 'json_schema' or 'text'")

    def extra(self):
        return {"system_fingerprint": self.name, "stats": {}}


KINDS = (LlamaServer, Vllm, Ollama, LmStudio)


@contextmanager
def running(imitation: Imitation) -> Iterator[Imitation]:
    """The server on a free port of 127.0.0.1, for as long as the block lasts."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path == "/v1/models":
                self._send(200, imitation.models())
            else:
                self._unknown()

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/chat/completions":
                return self._unknown()
            with lock:
                imitation.bodies.append(asked)
                imitation.headers.append({key.lower(): text for key, text in self.headers.items()})
                try:
                    body = imitation.complete(asked)
                except Refusal as refusal:
                    return self._send(refusal.status, refusal.body)
            return self._stream(body, asked) if asked.get("stream") else self._send(200, body)

        def _unknown(self) -> None:
            if isinstance(imitation, LmStudio):
                said = f"Unexpected endpoint or method. ({self.command} {self.path})"
                return self._send(200, {"error": said})
            return self._send(404, {"detail": "Not Found"})

        def _stream(self, body: dict[str, Any], asked: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            (choice,) = body["choices"]
            message, usage = choice["message"], body.pop("usage", None)
            deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
            for name in (imitation.thought_field, "content"):
                words = re.findall(r"\s*\S+", message.get(name) or "")
                deltas += [{name: word} for word in words]
            chunk = {**body, "object": "chat.completion.chunk"}
            for delta in deltas:
                self._event({**chunk, "choices": [{"index": 0, "delta": delta}]})
            last = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
            self._event({**chunk, "choices": [last]})
            if usage and (asked.get("stream_options") or {}).get("include_usage"):
                self._event({**chunk, "choices": [], "usage": usage})
            self.wfile.write(b"data: [DONE]\n\n")

        def _event(self, value: dict[str, Any]) -> None:
            self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())

        def _send(self, status: int, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    imitation.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield imitation
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
