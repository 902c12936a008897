"""What a program looks for in its solver's replies: runs beside the program, inside the sandbox.

Not imported by the package: `listening` puts this text in front of a program. Comparisons,
calls, look-ups and matches of the program go through the functions here, which do what the program
wanted and put down what was done to a text that holds a marker ("Zqabz"; the replies of this run
are made of them). When `solve` has ended, the list goes out as one more prompt. What a program does
here proves nothing: its letter is always taken from runs of the program as it stands.
"""

import ast
import json
import operator
import re
import sys
from collections.abc import Mapping

MARK = re.compile(r"zq[a-z]{2}z", re.IGNORECASE)
PREFIX = "heard "
MOST_EVENTS = 160
MOST_CHARS = 300
MOST_REPORTED = 40_000
MOST_WANTED = 24
MOST_ASKS = 26
COMPARED = {
    ast.Eq: ("equal", operator.eq),
    ast.NotEq: ("equal", operator.ne),
    ast.In: ("in", lambda left, right: left in right),
    ast.NotIn: ("in", lambda left, right: left not in right),
}
KINDS = tuple(COMPARED)
UNTOUCHED = {"super", "locals", "vars", "globals", "dir", "eval", "exec", "__import__"}
SEARCHES = {"search", "match", "fullmatch", "findall", "finditer", "split", "sub"}
NUMBERS = {"int", "float", "Fraction", "Decimal", "complex", "read_number", "literal_eval"}
LOOKED_UP = (str, int, float, bool, type(None))

events: dict[str, None] = {}
replies: set[str | None] = set()
parsed: dict[int, tuple[str, list[object]]] = {}
kept: list[object] = []


class TooManyAsks(BaseException):
    """The program asks more than is listened to."""


def marked(value):
    if not isinstance(value, str):
        return False
    return MARK.search(value) is not None or value.strip().lower() in replies


def cut(text):
    return text if len(text) <= MOST_CHARS else text[:MOST_CHARS]


def note(*event):
    text = json.dumps(event, ensure_ascii=True)
    if len(events) < MOST_EVENTS and len(text) < 3000:
        events[text] = None


def first(texts):
    """As many as fit into one prompt."""
    room = MOST_REPORTED
    for text in texts:
        room -= len(text) + 2
        if room > 0:
            yield text


def wanted_of(value):
    if isinstance(value, str):
        return [cut(value)]
    if isinstance(value, (list, tuple, set, frozenset, Mapping)):
        inside = [one for one in list(value)[:200] if isinstance(one, str)]
        if isinstance(value, (set, frozenset)):
            inside.sort()  # their own order differs from run to run
        return [cut(one) for one in inside[:MOST_WANTED]]
    return []


def compared(mode, left, right, held):
    if mode == "equal":
        for one, other in ((left, right), (right, left)):
            if marked(one):
                note("is", "equal", cut(one), wanted_of(other), held)
    elif marked(left) and isinstance(right, str):
        note("is", "inside", cut(left), [cut(right)], held)
    elif marked(left):
        note("is", "in", cut(left), wanted_of(right), held)
    elif marked(right) and isinstance(left, str):
        note("is", "has", cut(right), [cut(left)], held)


def on_compare(number, left, right):
    mode, does = COMPARED[KINDS[number]]
    result = does(left, right)
    try:
        held = bool(result) == (KINDS[number] in (ast.Eq, ast.In))
        compared(mode, left, right, held)
    except Exception:  # whatever the program's own objects raise
        pass
    return result


def on_sets(number, left, right):
    both = (set, frozenset)
    if isinstance(left, both) and isinstance(right, both):
        for one, other in ((left, right), (right, left)):
            for text in sorted(filter(marked, one)):
                note("is", "in", cut(text), wanted_of(other), text in other)
    return left & right if number == 0 else left - right


def on_match(subject, texts):
    if marked(subject):
        note("is", "in", cut(subject), list(texts)[:MOST_WANTED], subject in texts)
    return subject


def on_item(base, key):
    try:
        looked_up(base, key)
    except Exception:
        pass
    return base[key]


def looked_up(base, key):
    if marked(key) and isinstance(base, Mapping):
        note("is", "in", cut(key), wanted_of(base), key in base)
    elif marked(base) and isinstance(key, str):
        note("inner", cut(base), cut(key), False)
    elif id(base) in parsed and isinstance(key, LOOKED_UP):
        mark, path = parsed[id(base)]
        held = key in base if isinstance(base, dict) else False
        if isinstance(base, dict):
            note("key", mark, [*path, key][:6], held)


def remember(value, mark, path):
    """The parts of parsed JSON, by identity."""
    if len(path) > 6 or len(parsed) > 400:
        return
    if isinstance(value, (dict, list)):
        parsed[id(value)] = (mark, path)
        kept.append(value)
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in list(inside)[:40]:
            remember(part, mark, [*path, key])


def on_call(function, /, *given, **named):
    about = None
    try:
        about = described(function, given, named)
    except Exception:
        pass
    try:
        result = function(*given, **named)
    except Exception:
        if about is not None:
            note(*about, False)
        raise
    try:
        if about is not None:
            ended(about, function, given, result)
    except Exception:
        pass
    return result


def described(function, given, named):
    """An event without its outcome; None when nothing is looked for."""
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", "")
    first = given[0] if given else None
    if owner is not None and isinstance(owner, re.Pattern) and name in SEARCHES:
        if marked(first) or name == "sub":
            return ("pattern", name, cut(owner.pattern), owner.flags, cut(str(first)))
    elif getattr(function, "__module__", "") == "re" and name in SEARCHES and len(given) > 1:
        subject = given[2] if name == "sub" and len(given) > 2 else given[1]
        pattern = first
        flags = named.get("flags", 0)
        if len(given) > 2 and name != "sub" and isinstance(given[2], int):
            flags = given[2]
        if isinstance(pattern, re.Pattern):
            flags, pattern = pattern.flags, pattern.pattern
        if marked(subject) and isinstance(pattern, str):
            return ("pattern", name, cut(pattern), int(flags), cut(subject))
    elif function is json.loads and marked(first):
        return ("json", cut(first))
    elif name in NUMBERS and marked(first):
        return ("number", cut(first))
    elif name == "strptime" and len(given) > 1 and marked(first):
        return ("time", str(given[1])[:60], cut(first))
    elif name == "fromisoformat" and marked(first):
        return ("time", "%Y-%m-%d", cut(first))
    elif name == "getattr" and len(given) > 1 and marked(given[1]):
        return attribute(given[0], given[1])
    elif isinstance(owner, str) and marked(owner):
        return of_text(owner, name, given)
    elif isinstance(owner, Mapping) and name in ("get", "pop", "setdefault", "__getitem__"):
        if marked(first):
            return ("is", "in", cut(first), wanted_of(owner))
        if id(owner) in parsed and isinstance(first, LOOKED_UP):
            mark, path = parsed[id(owner)]
            return ("key", mark, [*path, first][:6])
    elif isinstance(owner, (list, tuple)) and name in ("index", "count") and marked(first):
        return ("is", "in", cut(first), wanted_of(owner))
    elif isinstance(owner, str) and name in ("index", "find", "count", "rfind") and marked(first):
        return ("is", "inside", cut(first), [cut(owner)])
    elif isinstance(owner, (set, frozenset)) and given:
        return of_set(owner, first)
    elif isinstance(function, type) and len(given) == 1 and marked(first):
        members = getattr(function, "__members__", None)
        if isinstance(members, Mapping):
            values = [one.value for one in members.values() if isinstance(one.value, str)]
            return ("is", "in", cut(first), values[:MOST_WANTED])
    return None


def of_text(owner, name, given):
    first = given[0] if given else None
    if name in ("startswith", "endswith"):
        mode = "starts" if name == "startswith" else "ends"
        return ("is", mode, cut(owner), wanted_of(first))
    if name in ("find", "index", "rfind", "rindex", "count") and isinstance(first, str):
        return ("is", "has", cut(owner), [cut(first)])
    if name in ("split", "rsplit", "partition", "rpartition") and isinstance(first, str):
        return ("split", cut(first), cut(owner))
    if name in ("isdigit", "isdecimal", "isnumeric"):
        return ("number", cut(owner))
    return None


def of_set(owner, other):
    for one in owner:
        if marked(one):
            return ("is", "in", cut(one), wanted_of(other))
    if isinstance(other, (set, frozenset, list, tuple)):
        for one in other:
            if marked(one):
                return ("is", "in", cut(one), wanted_of(owner))
    return None


def attribute(owner, name):
    mark = MARK.search(name)
    if mark is None:
        return None
    before, after = name[: mark.start()], name[mark.end() :]
    names = [
        one[len(before) : len(one) - len(after)]
        for one in dir(owner)
        if one.startswith(before) and one.endswith(after) and len(before) + len(after) > 0
    ]
    return ("is", "in", cut(mark.group()), names[:MOST_WANTED])


def ended(about, function, given, result):
    kind = about[0]
    held = True
    if kind == "pattern":
        name = about[1]
        if name in ("finditer", "sub"):
            pattern = function.__self__.pattern if hasattr(function, "__self__") else given[0]
            held = re.search(pattern, about[4], about[3]) is not None
        else:
            held = bool(result) and (name != "split" or len(result) > 1)
    elif kind == "json":
        remember(result, about[1], [])
    elif kind == "number":
        held = result is not None and result is not False
    elif kind == "split":
        held = about[1] in about[2]
    elif kind == "key":
        held = about[2][-1] in function.__self__
    elif kind == "is":
        mode, subject, wanted = about[1], about[2], about[3]
        if mode == "starts":
            held = any(subject.startswith(one) for one in wanted)
        elif mode == "ends":
            held = any(subject.endswith(one) for one in wanted)
        elif mode == "has":
            held = wanted[0] in subject
        elif mode == "inside":
            held = subject in wanted[0]
        else:
            held = subject in wanted
    note(*about, bool(held))


class Listening(ast.NodeTransformer):
    """Sends what can look at a reply through the functions above."""

    def through(self, name, node, *given):
        call = ast.Call(ast.Name(f"__cgr_{name}__", ast.Load()), list(given), [])
        return ast.copy_location(call, node)

    def visit_Compare(self, node):
        self.generic_visit(node)
        if len(node.ops) != 1 or type(node.ops[0]) not in COMPARED:
            return node
        number = ast.Constant(KINDS.index(type(node.ops[0])))
        return self.through("compare", node, number, node.left, node.comparators[0])

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if not isinstance(node.op, (ast.BitAnd, ast.Sub)):
            return node
        number = ast.Constant(0 if isinstance(node.op, ast.BitAnd) else 1)
        return self.through("sets", node, number, node.left, node.right)

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load) or isinstance(node.slice, (ast.Slice, ast.Tuple)):
            return node
        return self.through("item", node, node.value, node.slice)

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in UNTOUCHED:
            return node
        name = ast.Name("__cgr_call__", ast.Load())
        return ast.copy_location(ast.Call(name, [node.func, *node.args], node.keywords), node)

    def visit_Match(self, node):
        texts = [
            part
            for case in node.cases
            for part in ast.walk(case.pattern)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        self.generic_visit(node)
        listed = ast.Tuple([ast.Constant(part.value) for part in texts], ast.Load())
        node.subject = self.through("match", node.subject, node.subject, listed)
        return node

    def visit_AnnAssign(self, node):
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_FunctionDef(self, node):
        node.body = [self.visit(part) for part in node.body]
        node.args.defaults = [self.visit(part) for part in node.args.defaults]
        node.args.kw_defaults = [part and self.visit(part) for part in node.args.kw_defaults]
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        node.body = [self.visit(part) for part in node.body]
        return node

    def visit_MatchValue(self, node):
        return node

    visit_MatchMapping = visit_MatchClass = visit_MatchValue


def listen(source, file, names):
    """Run a program's module with listening code and wrap its `solve`."""
    tree = ast.fix_missing_locations(Listening().visit(ast.parse(source)))
    names.update(
        __cgr_compare__=on_compare,
        __cgr_sets__=on_sets,
        __cgr_item__=on_item,
        __cgr_match__=on_match,
        __cgr_call__=on_call,
    )
    exec(compile(tree, file, "exec", dont_inherit=True), names)
    solve = names.get("solve")
    if not callable(solve):
        return

    def listened(item, ask):
        count = 0

        def counted(*given, **named):
            nonlocal count
            count += 1
            if count > MOST_ASKS:
                raise TooManyAsks
            reply = ask(*given, **named)
            # A reply without a marker in it, a number say, is known again as a whole.
            replies.add(reply.strip().lower() or None)
            return reply

        try:
            return solve(item, counted)
        except TooManyAsks:
            return None
        finally:
            sys.settrace(None)
            ask(PREFIX + "[" + ", ".join(first(events)) + "]")

    names["solve"] = listened
