"""Names of things by what they are: hashes of canonical JSON."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from json.encoder import encode_basestring

__all__ = ["canonical_json", "content_id", "content_id_of"]

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_kind_json = lru_cache(maxsize=64)(_CANONICAL.encode)


def content_id(kind: str, *parts: object) -> str:
    """Name a thing by what it is: 20 hex digits of SHA-256 over canonical JSON.

    Args:
        kind: What is named ("item", "program", "call" ...), so that two kinds never share an id.
        parts: JSON-ready values; dictionaries are sorted by key, tuples count as lists.

    Returns:
        20 lower-case hexadecimal digits (80 bits).
    """
    return content_id_of(kind, *map(canonical_json, parts))


def content_id_of(kind: str, *texts: str) -> str:
    """As `content_id`, of parts that are canonical JSON (`canonical_json`) already: what is part of
    many names is written once."""
    text = f"[{','.join((_kind_json(kind), *texts))}]"
    # Lone surrogates survive JSON files; they must not make an item unnameable.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def canonical_json(part: object) -> str:
    """A part of a content id as it is hashed."""
    # Most are texts, seeds and lists of them; of all else an encoder is made each time.
    if type(part) is str:
        return encode_basestring(part)
    if type(part) is int:
        return int.__repr__(part)
    if part is None:
        return "null"
    if type(part) is list or type(part) is tuple:
        return f"[{','.join(map(canonical_json, part))}]"
    return _CANONICAL.encode(part)
