"""A bounded text for any value that never runs code of the program: no `__repr__`, no property, no
`__len__`.

Only exact built-in types are looked into. An instance of a program's class is shown by its own
`__dict__`, reached through the type's slot, so that a class can't lie about it with a property. No
addresses appear, and sets are shown in the order of their texts: the same program gives the same
text in every run.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, Final

__all__ = ["MOST_CHARS", "error_text", "fingerprint", "safe_repr", "type_name"]

MOST_CHARS: Final = 160
_MOST_ITEMS: Final = 20
_DEPTH: Final = 3
_MOST_BITS: Final = 512

_mro_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
_dict_of: Callable[[type], Mapping[str, object]] = type.__dict__["__dict__"].__get__
_name_of: Callable[[object], str] = type.__dict__["__name__"].__get__

_namespace_of: Callable[[object], dict[str, object]] = vars(types.ModuleType)["__dict__"].__get__
_args_of: Callable[[object], tuple[object, ...]] = vars(BaseException)["args"].__get__

_NAMED = (types.FunctionType, types.BuiltinFunctionType, types.GeneratorType, types.CoroutineType)

_PLAIN = frozenset((int, str))
_LOOKALIKES = frozenset((bool, float, type(None)))
_MARKED = frozenset((dict, list, tuple))


def safe_repr(value: object, chars: int = MOST_CHARS) -> str:
    """Text of a value, at most `chars` characters long; a cut ends in an ellipsis."""
    try:
        text = _show(value, _DEPTH, chars)
    except (
        ValueError,
        RuntimeError,
        MemoryError,
    ):  # changed by a thread meanwhile, or no room left
        text = f"<{type_name(value)}>"
    return text if len(text) <= chars else text[: chars - 1] + "…"


def fingerprint(value: Any, depth: int = 2) -> object:  # noqa: ANN401 - it is any value
    """A stand-in that is equal for values that are shown alike, and quicker to make than the text.

    It holds nothing but atoms, so it keeps no object of the program alive and comparing it runs no
    code of the program.

    Returns:
        None for a value that only its text can tell.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind in _LOOKALIKES:  # 1, 1.0 and True are equal but not shown alike
        return kind, value
    if kind in _NAMED or kind is types.ModuleType or kind is type:
        return kind, _show(value, 0, MOST_CHARS)
    if not depth or kind not in _MARKED or len(value) > _MOST_ITEMS:
        return None
    parts = (*value, *value.values()) if kind is dict else tuple(value)
    if _PLAIN.issuperset(map(type, parts)):
        return kind, parts
    marks = [fingerprint(part, depth - 1) for part in parts]
    return None if None in marks else (kind, *marks)


def error_text(error: BaseException, chars: int = 300) -> str:
    """Class and message of an exception, without its `__str__`."""
    args = _args_of(error)
    if not args:
        return type_name(error)
    message = args[0] if len(args) == 1 and type(args[0]) is str else safe_repr(args, chars)
    text = f"{type_name(error)}: {message}"
    return text if len(text) <= chars else text[: chars - 1] + "…"


def type_name(value: object) -> str:
    """Name of a value's class, whatever its metaclass says."""
    name = _name_of(type(value))
    return name if len(name) <= 60 else name[:59] + "…"


def _show(value: Any, depth: int, chars: int) -> str:  # noqa: ANN401 - it is any value
    kind = type(value)
    if kind is str:
        return repr(value) if len(value) <= chars else repr(value[:chars])[:-1] + "…"
    if kind is int:
        bits = value.bit_length()
        return repr(value) if bits <= _MOST_BITS else f"<int of {bits} bits>"
    if value is None or value is ... or kind in (bool, float, complex, range):
        return repr(value)
    if kind in (bytes, bytearray):
        return repr(kind(value[:chars]))
    if kind in _CONTAINERS:
        return _CONTAINERS[kind](value, depth - 1, chars) if depth else f"<{kind.__name__}>"
    if issubclass(kind, type):
        return f"<class {_name_of(value)[:60]}>"
    if kind is types.ModuleType:
        return f"<module {_show(_namespace_of(value).get('__name__'), 0, 60)}>"
    if kind in _NAMED:
        return f"<function {value.__name__[:60]}>"
    return _instance(value, depth, chars)


def _items(values: Iterable[object], depth: int, chars: int) -> list[str]:
    """Texts of the first items; stops once there is more text than can be shown."""
    texts: list[str] = []
    room = chars
    for value in values:
        if len(texts) == _MOST_ITEMS or room <= 0:
            texts.append("…")
            break
        texts.append(_show(value, depth, chars))
        room -= len(texts[-1]) + 2
    return texts


def _list(value: list[object], depth: int, chars: int) -> str:
    return "[" + ", ".join(_items(value[: _MOST_ITEMS + 1], depth, chars)) + "]"


def _tuple(value: tuple[object, ...], depth: int, chars: int) -> str:
    texts = _items(value[: _MOST_ITEMS + 1], depth, chars)
    return f"({texts[0]},)" if len(texts) == 1 else "(" + ", ".join(texts) + ")"


def _dict(value: dict[object, object], depth: int, chars: int) -> str:
    texts: list[str] = []
    room = chars
    for key, item in islice(value.items(), _MOST_ITEMS + 1):
        if len(texts) == _MOST_ITEMS or room <= 0:
            texts.append("…")
            break
        texts.append(f"{_show(key, depth, chars)}: {_show(item, depth, chars)}")
        room -= len(texts[-1]) + 2
    return "{" + ", ".join(texts) + "}"


def _set(value: set[object] | frozenset[object], depth: int, chars: int) -> str:
    if not value:
        return f"{type(value).__name__}()"
    if len(value) > 5 * _MOST_ITEMS:
        return f"<{type(value).__name__} of {len(value)}>"
    texts = sorted(_show(item, depth, chars) for item in value)
    if len(texts) > _MOST_ITEMS:
        texts[_MOST_ITEMS:] = ["…"]
    return "{" + ", ".join(texts) + "}"


_CONTAINERS: Final[dict[type, Callable[[Any, int, int], str]]] = {
    list: _list,
    tuple: _tuple,
    dict: _dict,
    set: _set,
    frozenset: _set,
}


def _instance(value: object, depth: int, chars: int) -> str:
    name = type_name(value)
    if not depth:
        return f"<{name}>"
    for base in _mro_of(type(value)):
        slot = _dict_of(base).get("__dict__")
        if slot is None:
            continue
        if type(slot) is not types.GetSetDescriptorType:
            break  # the class puts something of its own there
        fields = slot.__get__(value)
        if type(fields) is not dict or not fields:
            break
        shown = [
            f"{key}={_show(item, depth - 1, chars)}"
            for key, item in islice(fields.items(), _MOST_ITEMS)
            if type(key) is str
        ]
        return f"<{name} {' '.join(shown)}>"
    if issubclass(type(value), BaseException):
        return f"{name}{_show(_args_of(value), depth - 1, chars)}"
    return f"<{name}>"
