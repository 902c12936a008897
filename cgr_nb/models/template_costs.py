"""What each operation of a template costs, counted before it is done.

One place for what C code does in a single step, which nothing can stop: a string of 10**9 letters,
a field of that width, a replacement that makes each letter long.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from cgr_nb.models.template_meter import Meter, OverLimit, Value, text_bytes

__all__ = [
    "FILTERS",
    "TESTS",
    "Cost",
    "call",
    "format_field",
    "join_texts",
    "operate",
    "read_whole",
    "search",
    "slice_of",
    "write",
]

Cost: TypeAlias = Callable[[Meter, Sequence[Value], Mapping[str, Value]], object]
"""Counts a call with these arguments; the first is what a filter or test is applied to."""

_ITEM = 80
"""Bytes of a short string in a list."""
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_ESCAPED = 6
"""How many times as long a text can be when it is escaped."""
_WRITTEN = 4
"""The same for a value that is written as Python writes it."""
_WIDE = re.compile(r"\d{4}|\*")
_WIDE_FIELD = re.compile(r"%[#0\-+ .\d]*(?:\*|\d{4})")


def read_top(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    """What looks at a value but not into it."""
    meter.work()


def read_whole(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    """What goes through all of its arguments and makes something about as large."""
    meter.make(_size(meter, args, kwargs))


def write(meter: Meter, value: Value) -> None:
    """A value written into the text, or joined to another."""
    if isinstance(value, str):
        meter.make(text_bytes(value))
    elif value is not None and not isinstance(value, (bool, float)):
        meter.make(_WRITTEN * meter.weigh(value).bytes)


def join_texts(meter: Meter, texts: Sequence[str]) -> None:
    """Pieces put together."""
    meter.work(1 + (len(texts) >> 4))
    meter.make(sum(map(text_bytes, texts)))


def search(meter: Meter, container: Value) -> None:
    """Something looked for in a container."""
    if isinstance(container, str):
        meter.work(1 + (len(container) >> 10))
    elif not isinstance(container, Mapping):
        meter.weigh(container)


def slice_of(meter: Meter, value: Value) -> None:
    """A part of a text or a list, copied."""
    meter.make(text_bytes(value) if isinstance(value, str) else 8 * _length(value))


def format_field(meter: Meter, value: Value, spec: str) -> None:
    """A value written into a field of `format`."""
    if _WIDE.search(spec):
        raise OverLimit("it asks for a field that is too wide")
    meter.make(_WRITTEN * meter.weigh(value).bytes + 1000)


def operate(meter: Meter, operator: str, left: Value, right: Value) -> None:
    """Two values computed with.

    Args:
        meter: What is counted on.
        operator: As Jinja writes it.
        left: The first value.
        right: The second.
    """
    meter.work()
    numbers = [value for value in (left, right) if isinstance(value, (int, float))]
    bits = [value.bit_length() for value in numbers if isinstance(value, int)]
    for each in bits:
        meter.bits(each)
    if len(bits) == 2 and operator in ("*", "**"):
        meter.bits(sum(bits) if operator == "*" else bits[0] * max(0, right))
    if len(numbers) == 2:
        return
    if operator == "%" and isinstance(left, str):
        _percent(meter, left, right)
    elif operator == "*" and len(bits) == 1:
        many, times = (right, left) if isinstance(left, int) else (left, right)
        size = text_bytes(many) if isinstance(many, str) else 8 * _length(many)
        meter.make(size * max(0, times))
    elif operator == "+":
        slice_of(meter, left)
        slice_of(meter, right)
    else:
        meter.weigh((left, right))


def call(meter: Meter, function: Value, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    """A function or method called; methods of Python's own types only where their cost is known.

    Args:
        meter: What is counted on.
        function: What is called.
        args: By position.
        kwargs: By name.

    Raises:
        OverLimit: It costs too much, or is a method whose cost is not known.
    """
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "")
    method = isinstance(function, (types.BuiltinMethodType, types.MethodType))
    if method and isinstance(owner, (str, int, float, list, tuple, Mapping, range)):
        cost = (_TEXT_METHODS if isinstance(owner, str) else _METHODS).get(name)
        if cost is None:
            raise OverLimit(
                f"it calls '{name}' of a {type(owner).__name__}, which is not supported"
            )
        cost(meter, (owner, *args), kwargs)
    elif isinstance(function, types.BuiltinMethodType):
        raise OverLimit(f"it calls '{name}', which is not supported")
    else:
        meter.weigh((*args, *kwargs.values()))


def _size(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> int:
    return meter.weigh((*args, *kwargs.values())).bytes


def _length(value: Value) -> int:
    try:
        return len(value)
    except TypeError:
        return 0  # the operation itself says what is wrong with it


def _option(args: Sequence[Value], kwargs: Mapping[str, Value], place: int, name: str) -> Value:
    return args[place] if len(args) > place else kwargs.get(name)


def _percent(meter: Meter, text: str, values: Value) -> None:
    """`%` of strings. A key in brackets may hold anything, so there no wide number may stand."""
    if (_WIDE if "%(" in text else _WIDE_FIELD).search(text):
        raise OverLimit("it asks for a field that is too wide")
    fields = text.count("%")
    size = _WRITTEN * meter.weigh(values).bytes
    meter.make(text_bytes(text) + fields * (size + 1000))


def _string(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    write(meter, args[0])


def _format(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    write(meter, args[0])
    _percent(meter, str(args[0]), (*args[1:], *kwargs.values()))


def _escape(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    meter.make(_ESCAPED * _size(meter, args, kwargs))


def _look_up(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    meter.weigh(args[1:])


def _list(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    first = args[0] if args else None
    meter.make((_ITEM if isinstance(first, (str, range)) else 16) * _length(first))


def _rows(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    for name in ("linecount", "slices"):
        number = _option(args, kwargs, 1, name)
        if isinstance(number, (int, float)):
            meter.make(_ITEM * max(0, int(number)))
    _list(meter, args, kwargs)


def _sort(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    weight = meter.weigh((*args, *kwargs.values()))
    meter.make(weight.bytes)
    meter.work(4 * weight.nodes)


def _sum(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    weight = meter.weigh((*args, *kwargs.values()))
    # A sum of lists copies all that it has for each of them.
    plain = isinstance(_option(args, kwargs, 2, "start") or 0, (int, float))
    meter.make(weight.bytes * (1 if plain else weight.nodes))


def _pad(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    for value in (*args[1:2], *kwargs.values()):
        meter.fits(value)
    read_whole(meter, args, kwargs)


def _spread(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    """Each line or tabulator becomes so much longer."""
    read_whole(meter, args, kwargs)
    text = str(args[0]) if args else ""
    width: Value = _option(args, kwargs, 1, "width")
    width = kwargs.get("tabsize", 8) if width is None else width
    width = text_bytes(width) if isinstance(width, str) else width
    meter.fits(width)
    if isinstance(width, (int, float)):
        meter.make(int(max(0, width)) * (1 + sum(map(text.count, _LINE_ENDS + "\t"))))


def _json(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    values = (*args, *kwargs.values())
    for value in values[1:]:
        meter.fits(value)
    weight = meter.weigh(values)
    indent = _option(args, kwargs, 2, "indent")
    deep = len(indent) if isinstance(indent, str) else int(indent or 0)
    inset = min(weight.nodes, 1000) * max(0, deep) + _size(meter, values[1:], {})
    meter.make(_ESCAPED * weight.bytes + weight.nodes * inset)


def _replace(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    read_whole(meter, args, kwargs)
    texts = [value if isinstance(value, str) else str(value) for value in args[:3]]
    if len(texts) == 3:
        meter.make(
            texts[0].count(texts[1]) * text_bytes(texts[2]) * (1 if texts[0].isascii() else 4)
        )


def _join(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    """`a|join(b)`."""
    separator = _option(args, kwargs, 1, "d") or ""
    read_whole(meter, args, kwargs)
    meter.make(_WRITTEN * _size(meter, args, {}) + text_bytes(str(separator)) * _length(args[0]))


def _join_method(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    """`b.join(a)`."""
    _join(meter, (*args[1:2], args[0]) if len(args) > 1 else ("", ""), {})


def _split(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    text, by = args[0], _option(args, kwargs, 1, "sep")
    meter.work(len(text) >> 6)
    pieces = text.count(by) if isinstance(by, str) and by else sum(map(str.isspace, text))
    meter.make(text_bytes(text) + _ITEM * (1 + pieces))


def _lines(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    text = args[0]
    meter.make(text_bytes(text) + _ITEM * (1 + sum(map(text.count, _LINE_ENDS))))


def _strip(meter: Meter, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    read_whole(meter, args, kwargs)
    letters = _option(args, kwargs, 1, "chars")
    if isinstance(letters, str) and isinstance(args[0], str):
        meter.work(len(args[0]) * len(letters) >> 8)


_PLAIN_METHODS = (
    "capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit "
    "isidentifier islower isnumeric isprintable isspace istitle isupper lower partition "
    "removeprefix removesuffix rfind rindex rpartition startswith swapcase title upper"
)
_TOP_FILTERS = (
    "length count default d first last attr abs int float items safe map select reject "
    "selectattr rejectattr"
)
_TOP_TESTS = (
    "defined undefined none boolean false true integer float string mapping number sequence "
    "iterable callable sameas escaped filter test odd even divisibleby"
)
FILTERS: Mapping[str, Cost] = {
    **dict.fromkeys(_TOP_FILTERS.split(), read_top),
    **dict.fromkeys(("list", "reverse"), _list),
    **dict.fromkeys(("batch", "slice"), _rows),
    **dict.fromkeys(("sort", "unique", "groupby", "dictsort", "min", "max"), _sort),
    **dict.fromkeys(("e", "escape", "forceescape", "urlencode"), _escape),
    "center": _pad,
    "format": _format,
    "indent": _spread,
    "join": _join,
    "replace": _replace,
    "round": _pad,
    "string": _string,
    "sum": _sum,
    "tojson": _json,
    "trim": _strip,
}
"""Filter -> its cost; the others read their arguments as a whole."""
TESTS: Mapping[str, Cost] = dict.fromkeys(_TOP_TESTS.split(), read_top)
"""The same for tests."""
_TEXT_METHODS: Mapping[str, Cost] = {
    **dict.fromkeys(_PLAIN_METHODS.split(), read_whole),
    **dict.fromkeys(("center", "ljust", "rjust", "zfill"), _pad),
    **dict.fromkeys(("split", "rsplit"), _split),
    **dict.fromkeys(("strip", "lstrip", "rstrip"), _strip),
    "expandtabs": _spread,
    "join": _join_method,
    "replace": _replace,
    "splitlines": _lines,
}
_METHODS: Mapping[str, Cost] = {
    **dict.fromkeys(("items", "keys", "values", "bit_length", "is_integer"), read_top),
    "get": _look_up,
    **dict.fromkeys(("count", "index"), read_whole),
    "copy": _list,
}
