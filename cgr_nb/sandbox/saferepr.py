"""A bounded text for any value that never runs code of the program: no `__repr__`, no property, no
`__len__`.

Values are taken apart with the methods of the built-in types themselves, so that a subclass has no
say. An instance of a program's class is shown by its own `__dict__`, reached through the type's
slot. No addresses appear, and sets are shown in the order of their texts: the same program gives
the same text in every run.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Final

from cgr_nb.sandbox.reply_text import Reply

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

_NAMED = frozenset(
    (types.FunctionType, types.BuiltinFunctionType, types.GeneratorType, types.CoroutineType)
)
_SHOWN = frozenset((bool, float, complex, range, type(None), type(...)))
_COPIED = (str, int, float)
_LOOKALIKES = frozenset((bool, float, type(None)))
_SETS = (set, frozenset)
_SEQUENCES = (list, tuple, deque)
_CONTAINERS = (dict, *_SEQUENCES, *_SETS)
_EXACT = frozenset(_CONTAINERS)
_BRACKETS: Final = {list: ("[", "]"), tuple: ("(", ")"), deque: ("[", "]")}


def safe_repr(value: object, chars: int = MOST_CHARS) -> str:
    """Text of a value, at most `chars` characters long; a cut ends in an ellipsis."""
    try:
        text = _show(value, _DEPTH, chars)
    except (ValueError, RuntimeError, MemoryError):
        # Changed by a thread meanwhile, or no room left.
        text = f"<{type_name(value)}>"
    return _clip(text, chars)


def error_text(error: BaseException, chars: int = 300) -> str:
    """Class and message of an exception, without its `__str__`."""
    args = _args_of(error)
    if not args:
        return type_name(error)
    message = args[0] if len(args) == 1 and type(args[0]) is str else safe_repr(args, chars)
    return _clip(f"{type_name(error)}: {message}", chars)


def type_name(value: object) -> str:
    """Name of a value's class, whatever its metaclass says."""
    return _clip(_name_of(type(value)), 60)


def fingerprint(value: Any) -> object:  # noqa: ANN401 - it is any value
    """A stand-in that is equal for values that are shown alike, and quicker to make than the text.

    It holds nothing but atoms, so it keeps no object of the program alive and comparing it runs no
    code of the program.

    Returns:
        None for a value that only its text can tell.
    """
    kind = type(value)
    if kind is str or kind is int:
        return value
    if kind is Reply:
        return str.__str__(value)
    return _mark(value, 2, [MOST_CHARS])


def _mark(value: Any, depth: int, room: list[int]) -> object:  # noqa: ANN401 - it is any value
    """`fingerprint` of a part; what is beyond the shown characters (`room`) does not matter."""
    kind = type(value)
    if kind is Reply:
        value, kind = str.__str__(value), str
    if kind is str or kind is int:
        room[0] -= len(value) if kind is str else 1
        return value
    ordinary = type(kind) is type  # else even hashing the class may run code of the program
    if ordinary and kind in _LOOKALIKES:  # 1, 1.0 and True are equal but not shown alike
        return kind, value
    if ordinary and (kind in _NAMED or kind is type):
        return _name_of(kind), _show(value, 0, MOST_CHARS)
    base = _base_of(kind) if depth else None
    if base is None or base in _SETS or base.__len__(value) > _MOST_ITEMS:
        return None
    marks: list[object] = [_name_of(kind)]
    parts = base.__iter__(value) if base is not dict else chain.from_iterable(dict.items(value))
    for part in parts:
        if room[0] <= 0:
            break
        mark = _mark(part, depth - 1, room)
        if mark is None:
            return None
        marks.append(mark)
    return tuple(marks)


def _base_of(kind: type) -> Any:  # noqa: ANN401 - one of _CONTAINERS, or None
    if type(kind) is type and kind in _EXACT:
        return kind
    if not issubclass(kind, _CONTAINERS):
        return None
    return next(base for base in _CONTAINERS if issubclass(kind, base))


def _show(value: Any, depth: int, chars: int) -> str:  # noqa: ANN401 - it is any value
    kind = type(value)
    if kind is Reply:
        # A text for whoever looks, like all others; the program may have changed the class.
        value, kind = str.__str__(value), str
    if kind is str:
        return repr(value) if len(value) <= chars else repr(value[:chars])[:-1] + "…"
    if kind is int:
        bits = value.bit_length()
        return repr(value) if bits <= _MOST_BITS else f"<int of {bits} bits>"
    ordinary = type(kind) is type  # else even hashing the class may run code of the program
    if ordinary and kind in _SHOWN:
        return repr(value)
    if kind is bytes or kind is bytearray:
        return repr(kind(value[:chars]))
    base = _base_of(kind)
    if base is not None:
        if not depth:
            return f"<{type_name(value)}>"
        text = _container(value, base, depth - 1, chars)
        return text if base is kind and base is not deque else f"{type_name(value)}({text})"
    if issubclass(kind, type):
        return f"<class {_name_of(value)[:60]}>"
    if kind is types.ModuleType:
        return f"<module {_show(_namespace_of(value).get('__name__'), 0, 60)}>"
    if ordinary and kind in _NAMED:
        return f"<function {value.__name__[:60]}>"
    if issubclass(kind, _COPIED):
        # What the base itself would pickle: a plain value, whatever the subclass overrides.
        copy = next(base for base in _COPIED if issubclass(kind, base)).__dict__["__getnewargs__"]
        return f"{type_name(value)}({_show(copy(value)[0], depth, chars)})"
    return _instance(value, depth, chars)


def _container(value: Any, base: Any, depth: int, chars: int) -> str:  # noqa: ANN401 - any container
    if base is dict:
        return _pairs(value, depth, chars)
    if base in _SETS:
        return _set(value, base, depth, chars)
    texts: list[str] = []
    for item in base.__iter__(value):
        if len(texts) == _MOST_ITEMS or chars <= 0:
            texts.append("…")
            break
        text = _show(item, depth, chars)
        texts.append(text)
        chars -= len(text) + 2
    comma = "," if base is tuple and len(texts) == 1 else ""
    left, right = _BRACKETS[base]
    return left + ", ".join(texts) + comma + right


def _pairs(value: dict[object, object], depth: int, chars: int) -> str:
    texts: list[str] = []
    for key, item in dict.items(value):
        if len(texts) == _MOST_ITEMS or chars <= 0:
            texts.append("…")
            break
        text = f"{_show(key, depth, chars)}: {_show(item, depth, chars)}"
        texts.append(text)
        chars -= len(text) + 2
    return "{" + ", ".join(texts) + "}"


def _set(value: object, base: Any, depth: int, chars: int) -> str:  # noqa: ANN401 - set or frozenset
    size = base.__len__(value)
    if not size:
        return f"{base.__name__}()"
    if size > 5 * _MOST_ITEMS:
        return f"<{base.__name__} of {size}>"
    items: Iterator[object] = base.__iter__(value)
    texts = sorted(_show(item, depth, chars) for item in items)
    if len(texts) > _MOST_ITEMS:
        texts[_MOST_ITEMS:] = ["…"]
    return "{" + ", ".join(texts) + "}"


def _instance(value: object, depth: int, chars: int) -> str:
    name = type_name(value)
    if not depth:
        return f"<{name}>"
    fields = _fields(value)
    if fields:
        shown = [
            f"{key}={_show(item, depth - 1, chars)}"
            for key, item in islice(fields.items(), _MOST_ITEMS)
            if type(key) is str
        ]
        return f"<{name} {' '.join(shown)}>"
    if issubclass(type(value), BaseException):
        return f"{name}{_show(_args_of(value), depth - 1, chars)}"
    return f"<{name}>"


def _fields(value: object) -> dict[object, object] | None:
    """The instance's own dictionary, whatever its class puts in the way; None when it has none."""
    for base in _mro_of(type(value)):
        slot = _dict_of(base).get("__dict__")
        if slot is not None:
            if type(slot) is not types.GetSetDescriptorType:
                return None  # the class puts something of its own there
            fields = slot.__get__(value)
            return fields if type(fields) is dict else None
    return None


def _clip(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: chars - 1] + "…"
