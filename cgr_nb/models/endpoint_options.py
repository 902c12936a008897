"""The options of an endpoint's card, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

from cgr_nb.errors import ModelError, did_you_mean
from cgr_nb.models.dialects import DIALECTS, WAYS_TO_CHOOSE, Choosing, Dialect
from cgr_nb.models.request_extra import RequestExtra
from cgr_nb.models.told_tokens import READERS, Way
from cgr_nb.records import ModelCard

__all__ = ["EndpointOptions", "addresses_of", "card_at", "stated_addresses", "without_retries"]

_NUMBERS: dict[str, tuple[float, float]] = {
    "max_in_flight": (1, 10_000),
    "requests_per_minute": (0.001, 1_000_000),
    "timeout_s": (0.001, 86_400),
    "retries": (0, 10_000),
    "retry_for_s": (0, 86_400),
    "backoff_s": (0, 60),
    "think_tokens": (0, 1 << 20),
}
_WHOLE = ("max_in_flight", "retries", "think_tokens")
_SYSTEM_TURNS = ("own", "folded")
_MOST_ADDRESSES = 256
_SCORES = (*READERS, "none")


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """How one server is spoken to."""

    base_url: str
    """Up to and with its /v1. A card may list several (see `addresses_of`), each of which gets
    options of its own."""
    model: str
    revision: str | None = None
    """Which state of the model the server has, in the user's words; part of identity."""
    server: str = "openai"
    choices: str = ""
    """"" is the first way of the server's dialect that the server is seen to hold to."""
    system_turn: str = ""
    """"own" or "folded" (before the first user turn); "" folds where the server refuses it."""
    key_env: str | None = None
    """Environment variable that holds the key; None sends none."""
    max_in_flight: int = 8
    requests_per_minute: float | None = None
    timeout_s: float = 300.0
    retry_for_s: float = 300.0
    """How long, from its first failure, a request is tried again that may do better later; 0: not
    at all."""
    retries: int | None = None
    """Attempts after the first, at most; None: as many as there is time for."""
    backoff_s: float = 0.5
    """Longest pause after the first failure; twice as long after each further one, up to a minute,
    and what the server asks for on top."""
    max_tokens_field: str = "max_tokens"
    """Newer hosted models want "max_completion_tokens"."""
    think_tokens: int | None = None
    """Tokens for thoughts, beside `max_tokens` for the answer; a reply that ends in its thought is
    asked for the answer once more. None: thoughts and answer share `max_tokens`."""
    chat_template: str | None = None
    """See `known_templates`: of a server that tells log-probabilities of prompts, which are
    written out here then. None: none, but of a base model."""
    template: Mapping[str, Any] = field(default_factory=dict)
    """Arguments for the chat template."""
    scores: str = ""
    """How the server tells log-probabilities of prompts; "" is found out, "none" does without."""
    omit: tuple[str, ...] = ()
    extra: RequestExtra = field(default_factory=RequestExtra)

    @classmethod
    def of(cls, card: ModelCard) -> EndpointOptions:
        """Read a card of one address.

        Raises:
            ModelError: An option is unknown, missing, or not what it should be.
        """
        where = f"model '{card.name}'"
        found: dict[str, Any] = {"model": card.name, **card.options}
        known = [one.name for one in fields(cls)]
        for name in found:
            if "key" in name.lower() and name != "key_env":
                raise ModelError(
                    "a registry file must not contain a key",
                    where=where,
                    got=f"option '{name}'",
                    fix="put it into an environment variable, and name that in key_env",
                )
            if name not in known:
                raise ModelError(
                    f"unknown option {name!r}", where=where, fix=did_you_mean(name, known)
                )
        addresses = addresses_of(card)
        if len(addresses) > 1:
            raise ModelError(
                "a single server has one address",
                where=where,
                got=f"{len(addresses)} in base_url",
                fix="reinstall cgr-nb: its entry points belong to an earlier version",
            )
        found["base_url"] = addresses[0]
        for name, (least, most) in _NUMBERS.items():
            value = found.get(name)
            if value is not None and not _is_between(value, least, most, name in _WHOLE):
                raise ModelError(
                    f"option {name} is out of range",
                    where=where,
                    got=repr(value),
                    fix=f"{least:g} to {most:g}",
                )
        of_words = {
            "server": tuple(DIALECTS),
            "choices": WAYS_TO_CHOOSE,
            "system_turn": _SYSTEM_TURNS,
            "scores": _SCORES,
        }
        for name, words in of_words.items():
            if found.get(name) is not None and found[name] not in words:
                raise ModelError(
                    f"unknown {name}",
                    where=where,
                    got=repr(found[name]),
                    fix=f"use {', '.join(words)}",
                )
        for name in ("model", "revision", "key_env", "max_tokens_field", "chat_template"):
            if found.get(name) is not None and not isinstance(found[name], str):
                raise ModelError(f"option {name} is a text", where=where, got=repr(found[name]))
        if not isinstance(found.get("template", {}), Mapping):
            raise ModelError("option template is a table", where=where, got=repr(found["template"]))
        found["omit"] = tuple(found.get("omit", ()))
        length = found.get("max_tokens_field") or "max_tokens"
        found["extra"] = RequestExtra.of(found.get("extra", {}), where, length)
        return cls(**found)

    @property
    def dialect(self) -> Dialect:
        """What the server takes."""
        return DIALECTS[self.server]

    @property
    def score_way(self) -> Way | None:
        """How the card says that the server tells log-probabilities; None: it does not say."""
        return self.scores if self.scores in READERS else None  # type: ignore[return-value]

    @property
    def choosing(self) -> Choosing | None:
        """How the card says that it is held to choices; None: to be found out."""
        return self.choices or None  # type: ignore[return-value]  # checked in of


def addresses_of(card: ModelCard) -> tuple[str, ...]:
    """Where the servers of a card stand: `base_url` is an address, or a list of those of servers
    that serve the same model.

    Raises:
        ModelError: It is missing, no address, or lists one twice.
    """
    where, stated = f"model '{card.name}'", card.options.get("base_url")
    addresses = [stated] if isinstance(stated, str) else stated
    if not isinstance(addresses, (list, tuple)) or not addresses:
        raise ModelError(
            "an endpoint needs base_url",
            where=where,
            fix='such as options = { base_url = "http://127.0.0.1:8080/v1" }, or a list of'
            " addresses of servers that serve the same model",
        )
    if len(addresses) > _MOST_ADDRESSES:
        raise ModelError(
            "base_url lists too many addresses",
            where=where,
            got=f"{len(addresses):,}",
            fix=f"at most {_MOST_ADDRESSES}; put a load balancer before more",
        )
    known: set[str] = set()
    for address in addresses:
        _check_address(address, where)
        if address.rstrip("/") in known:
            raise ModelError("base_url lists an address twice", where=where, got=repr(address))
        known.add(address.rstrip("/"))
    return tuple(addresses)


def stated_addresses(card: ModelCard) -> tuple[str, ...]:
    """What a card says of where its servers stand, unchecked; none for a model of this machine."""
    stated = card.options.get("base_url", ())
    addresses = [stated] if isinstance(stated, str) else stated
    return tuple(map(str, addresses)) if isinstance(addresses, (list, tuple)) else ()


def card_at(card: ModelCard, address: str) -> ModelCard:
    """The card as that of one server."""
    return replace(card, options={**card.options, "base_url": address})


def without_retries(card: ModelCard) -> ModelCard:
    """The card of an endpoint that is not waited for: where a person does, and wants to be told at
    once. Any other card as it is."""
    if card.backend != "openai":
        return card
    return replace(card, options={**card.options, "retry_for_s": 0})


def _check_address(address: object, where: str) -> None:
    text = address if isinstance(address, str) else ""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        secret = parts.username is not None or bool(parts.query)
        usable = usable and parts.port != 0 and text.isprintable() and " " not in text
    except ValueError:
        usable = secret = False
    if not usable:
        raise ModelError(
            "base_url is not an address",
            where=where,
            got=repr(address),
            fix="such as http://127.0.0.1:8080/v1",
        )
    if secret:
        raise ModelError(
            "base_url must not contain a password or query",
            where=where,
            fix="put a key into an environment variable, and name that in key_env",
        )


def _is_between(value: object, least: float, most: float, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return False
    return least <= value <= most
