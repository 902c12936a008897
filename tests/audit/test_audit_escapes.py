"""State in objects, globals, attributes and the like: a reply that goes through it is not lost."""

from __future__ import annotations

import pytest

from cgr_nb.audit import check_program

HEAD = 'GENERATOR_ANSWER = "B"\nDIFFICULTY = "easy"\n\n'

FOLLOWS = {
    "global list": r"""
LOG = []
def remember(x):
    LOG.append(x)
def solve(item, ask):
    remember(ask(item["question"]).strip())
    for k, v in item["options"].items():
        if LOG[-1] == v:
            return k
    return "C"
""",
    "global stmt": r"""
best = "C"
def vote(item, ask):
    global best
    r = ask(item["question"]).strip()
    if r in item["options"]:
        best = r
def solve(item, ask):
    vote(item, ask)
    return best
""",
    "closure": r"""
def make(ask):
    seen = {}
    def put(q):
        seen[q] = ask(q).strip()
    def get(q):
        return seen[q]
    return put, get
def solve(item, ask):
    put, get = make(ask)
    put(item["question"])
    for k, v in item["options"].items():
        if get(item["question"]) == v:
            return k
    return "A"
""",
    "default arg": r"""
def note(x, acc=[]):
    acc.append(x)
    return acc
def solve(item, ask):
    note(ask(item["question"]).strip())
    acc = note("")
    for k, v in item["options"].items():
        if v in acc:
            return k
    return "A"
""",
    "setattr": r"""
class S: pass
def solve(item, ask):
    s = S()
    setattr(s, "reply", ask(item["question"]).strip())
    for k, v in item["options"].items():
        if s.reply == v:
            return k
    return "A"
""",
    "getattr": r"""
class S: pass
def solve(item, ask):
    s = S()
    s.reply = ask(item["question"]).strip()
    for k, v in item["options"].items():
        if getattr(s, "reply") == v:
            return k
    return "A"
""",
    "gen send": r"""
def talker(ask):
    q = yield
    while True:
        q = yield ask(q).strip()
def solve(item, ask):
    t = talker(ask)
    next(t)
    r = t.send(item["question"])
    for k, v in item["options"].items():
        if r == v:
            return k
    return "A"
""",
    "generator": r"""
def replies(item, ask):
    for k, v in item["options"].items():
        yield k, ask(f"Is it {v}?").strip().lower()
def solve(item, ask):
    for k, r in replies(item, ask):
        if r.startswith("yes"):
            return k
    return "A"
""",
    "decorator inject": r"""
def with_reply(f):
    def inner(item, ask):
        return f(item, ask(item["question"]).strip())
    return inner
@with_reply
def solve(item, reply):
    for k, v in item["options"].items():
        if reply == v:
            return k
    return "A"
""",
    "exception": r"""
class Found(Exception):
    def __init__(self, letter):
        self.letter = letter
def look(item, ask):
    r = ask(item["question"]).strip()
    for k, v in item["options"].items():
        if r == v:
            raise Found(k)
def solve(item, ask):
    try:
        look(item, ask)
    except Found as f:
        return f.letter
    return "A"
""",
    "inherit": r"""
class Base:
    def __init__(self, ask):
        self.ask = ask
        self.notes = {}
    def learn(self, key, q):
        self.notes[key] = self.ask(q).strip()
class Child(Base):
    def answer(self, options):
        for k, v in options.items():
            if self.notes["x"] == v:
                return k
        return "A"
def solve(item, ask):
    c = Child(ask)
    c.learn("x", item["question"])
    return c.answer(item["options"])
""",
    "super": r"""
class Base:
    def run(self, item, ask):
        return ask(item["question"]).strip()
class Child(Base):
    def run(self, item, ask):
        r = super().run(item, ask)
        return next((k for k, v in item["options"].items() if v == r), "A")
def solve(item, ask):
    return Child().run(item, ask)
""",
    "dunder getitem": r"""
class Oracle:
    def __init__(self, ask): self._a = ask
    def __getitem__(self, q): return self._a(q).strip()
def solve(item, ask):
    o = Oracle(ask)
    r = o[item["question"]]
    for k, v in item["options"].items():
        if r == v: return k
    return "A"
""",
    "dunder lt": r"""
class Opt:
    def __init__(self, k, v, ask): self.k, self.v, self.ask = k, v, ask
    def __lt__(self, o): return "yes" in self.ask(f"Is {self.v} better than {o.v}?").lower()
def solve(item, ask):
    return sorted(Opt(k, v, ask) for k, v in item["options"].items())[0].k
""",
    "bound method": r"""
def solve(item, ask):
    votes = []
    add = votes.append
    for i in range(3):
        add(ask(f"{i} {item['question']} Letter:").strip()[:1])
    return max(sorted(set(votes)), key=votes.count) if votes[0] in item["options"] else "A"
""",
    "heapq": r"""
import heapq
def solve(item, ask):
    h = []
    for k, v in item["options"].items():
        heapq.heappush(h, (-len(ask(f"Why {v}?")), k))
    return heapq.heappop(h)[1]
""",
    "queue objs": r"""
from collections import deque, defaultdict
class Node:
    def __init__(self, name): self.name, self.kids = name, []
def solve(item, ask):
    root = Node("r")
    todo = deque([root])
    n = 0
    while todo and n < 3:
        cur = todo.popleft(); n += 1
        kid = Node(ask(f"{cur.name} {item['question']}").strip())
        cur.kids.append(kid); todo.append(kid)
    leaf = root.kids[0].kids[0].name
    return next((k for k, v in item["options"].items() if v == leaf), "A")
""",
    "lambda dict": r"""
def solve(item, ask):
    steps = {"a": lambda q: ask(q).strip(), "b": lambda r: r.lower()}
    x = item["question"]
    for f in steps.values():
        x = f(x)
    return next((k for k, v in item["options"].items() if v.lower() == x), "A")
""",
    "module state class": r"""
class Memory:
    facts = {}
    @classmethod
    def put(cls, k, v): cls.facts[k] = v
    @staticmethod
    def get(k): return Memory.facts[k]
def solve(item, ask):
    Memory.put("x", ask(item["question"]).strip())
    return next((k for k, v in item["options"].items() if v == Memory.get("x")), "A")
""",
    "nonlocal": r"""
def solve(item, ask):
    best = "A"
    def go():
        nonlocal best
        r = ask(item["question"]).strip()
        for k, v in item["options"].items():
            if v == r: best = k
    go()
    return best
""",
    "vars update": r"""
class S: pass
def solve(item, ask):
    s = S()
    s.__dict__["r"] = ask(item["question"]).strip()
    s.__dict__.update(z=1)
    return next((k for k, v in item["options"].items() if v == s.r), "A")
""",
    "ctx": r"""
class Session:
    def __init__(self, ask): self.ask = ask
    def __enter__(self): return self
    def __exit__(self, *a): return False
    def q(self, p): return self.ask(p).strip()
def solve(item, ask):
    with Session(ask) as s:
        r = s.q(item["question"])
    return next((k for k, v in item["options"].items() if v == r), "A")
""",
    "property": r"""
class P:
    def __init__(self, item, ask): self.i, self.a = item, ask
    @property
    def reply(self): return self.a(self.i["question"]).strip()
    @property
    def letter(self): return next((k for k, v in self.i["options"].items() if v == self.reply), "A")
def solve(item, ask):
    return P(item, ask).letter
""",
    "alias list": r"""
def solve(item, ask):
    a = b = []
    a.append(ask(item["question"]).strip())
    return next((k for k, v in item["options"].items() if v == b[0]), "A")
""",
    "nested dict values": r"""
def solve(item, ask):
    table = {k: {"text": v, "yes": 0} for k, v in item["options"].items()}
    for row in table.values():
        if ask(f"Is it {row['text']}?").lower().startswith("yes"):
            row["yes"] += 1
    best = [k for k, row in table.items() if row["yes"]]
    return best[0] if best else "A"
""",
    "zip objs": r"""
from dataclasses import dataclass, field
@dataclass
class Cand:
    letter: str
    text: str
    score: float = 0.0
def solve(item, ask):
    cs = [Cand(k, v) for k, v in item["options"].items()]
    for c, i in zip(cs, range(9)):
        c.score = read_number(ask(f"Score {c.text} 0-10")) or 0
    cs.sort(key=lambda c: -c.score)
    return cs[0].letter
""",
    "namedtuple replace": r"""
from collections import namedtuple
St = namedtuple("St", "r n")
def solve(item, ask):
    s = St(None, 0)
    s = s._replace(r=ask(item["question"]).strip())
    return next((k for k, v in item["options"].items() if v == s.r), "A")
""",
    "reduce": r"""
from functools import reduce, partial
def solve(item, ask):
    better = lambda a, b: a if ask(f"Which is better? 1: {a[1]} 2: {b[1]}").strip().startswith("1") else b
    return reduce(better, item["options"].items())[0]
""",
    "env item": r"""
def fill(item, ask):
    item["reply"] = ask(item["question"]).strip()
def solve(item, ask):
    fill(item, ask)
    return next((k for k, v in item["options"].items() if v == item["reply"]), "A")
""",
    "func attr": r"""
def say(q): return say.ask(q).strip()
def solve(item, ask):
    say.ask = ask
    r = say(item["question"])
    return next((k for k, v in item["options"].items() if v == r), "A")
""",
    "func attr store": r"""
def keep(x): keep.last = x
def solve(item, ask):
    keep(ask(item["question"]).strip())
    return next((k for k, v in item["options"].items() if v == keep.last), "A")
""",
    "iter proto": r"""
class It:
    def __init__(self, item, ask): self.o = iter(item["options"].items()); self.a = ask
    def __iter__(self): return self
    def __next__(self):
        k, v = next(self.o)
        return k, self.a(f"Is {v} right? yes or no")
def solve(item, ask):
    for k, r in It(item, ask):
        if "yes" in r.lower(): return k
    return "A"
""",
    "try index": r"""
def solve(item, ask):
    memo = {}
    try:
        memo["r"] = ask(item["question"]).strip()
        raise KeyError(memo["r"])
    except KeyError as e:
        r = e.args[0]
    return next((k for k, v in item["options"].items() if v == r), "A")
""",
    "globals dict": r"""
def solve(item, ask):
    globals()["REPLY"] = ask(item["question"]).strip()
    return pick(item)
def pick(item):
    return next((k for k, v in item["options"].items() if v == REPLY), "A")
""",
    "thread": r"""
from concurrent.futures import ThreadPoolExecutor
def solve(item, ask):
    out = {}
    def work(k):
        out[k] = ask(f"Is {item['options'][k]} right? yes or no").lower()
    for k in item["options"]: work(k)
    return next((k for k in out if out[k].startswith("yes")), "A")
""",
    "stack machine": r"""
def solve(item, ask):
    stack = []
    ops = [("ask", item["question"]), ("strip", None), ("match", None)]
    for op, arg in ops:
        if op == "ask": stack.append(ask(arg))
        elif op == "strip": stack.append(stack.pop().strip())
        else:
            r = stack.pop()
            stack.append(next((k for k, v in item["options"].items() if v == r), "A"))
    return stack[-1]
""",
    "class body list": r"""
class Board:
    votes = []
    def cast(self, v): self.votes.append(v)
def solve(item, ask):
    Board().cast(ask(item["question"]).strip())
    return next((k for k, v in item["options"].items() if v in Board.votes), "A")
""",
}
IGNORES = {
    "an object that keeps the reply": """
class Notes:
    def __init__(self):
        self.seen = []

    def add(self, text):
        self.seen.append(text)


def solve(item, ask):
    notes = Notes()
    notes.add(ask(item["question"]))
    return "B"
""",
    "a global that nobody reads": """
LOG = []


def solve(item, ask):
    LOG.append(ask(item["question"]))
    letter = "B"
    return letter
""",
    "a closure that drops the reply": """
def solve(item, ask):
    def told():
        ask(item["question"])
        return "B"

    return told()
""",
}
CUT = {
    "constants alone": "",
    "an initialiser, then the end": "def solve(item, ask):\n    best = 'A'\n",
    "a loop that is not read from": (
        "def solve(item, ask):\n    seen = {}\n"
        "    for k in item['options']:\n        seen[k] = ask(k)\n"
    ),
    "a block without a body": "def solve(item, ask):\n    if ask('?') == 'yes':\n",
    "an open string": "def solve(item, ask):\n    reply = ask('Which of th",
    "an open bracket": "def solve(item, ask):\n    words = ['up', 'down',\n",
    "half an expression": "def solve(item, ask):\n    return 'A' if ask('?') else",
    "a helper, then the end": "def shown(k):\n    return k\n",
    "a try without an end": "def solve(item, ask):\n    try:\n        x = ask('?')\n",
}
WHOLE = {
    "a written letter": "def solve(item, ask):\n    return 'A'\n",
    "prints": "def solve(item, ask):\n    print(ask('?'))\n",
    "gives up": "def solve(item, ask):\n    ask('?')\n    return None\n",
    "wrong in the middle": "def solve(item, ask):\n    x = = 3\n    return x\n",
    "a lambda": "solve = lambda item, ask: ask('?')\n",
    "another shape": "def solution():\n    return 5\n",
}


@pytest.mark.parametrize("name", FOLLOWS)
def test_a_reply_is_followed_through_hidden_state(name):
    assert check_program(HEAD + FOLLOWS[name]).hard_coded in ("no", "unsure")


@pytest.mark.parametrize("name", IGNORES)
def test_state_that_leads_nowhere_excuses_nothing_but_may_leave_a_doubt(name):
    assert check_program(HEAD + IGNORES[name]).hard_coded in ("yes", "unsure")


def test_a_key_that_a_reply_has_chosen_is_no_written_one():
    body = """
def sure(text):
    if "true" in text:
        return True
    return False


def solve(item, ask):
    return {True: "A", False: "B"}[sure(ask("True or false?"))]
"""
    assert check_program(HEAD + body).hard_coded == "no"


@pytest.mark.parametrize("name", CUT)
def test_a_program_that_stops_in_the_middle_is_cut(name):
    audit = check_program(HEAD + CUT[name])
    assert audit.hard_coded == "cut"
    assert "cut" in {finding.code for finding in audit.interface}
    assert not audit.fallback


@pytest.mark.parametrize("name", WHOLE)
def test_a_program_with_an_end_is_not_cut(name):
    assert check_program(HEAD + WHOLE[name]).hard_coded != "cut"
