"""The static audit: what is hard-coded, what falls back, what is clean, and what breaks the contract.

Bodies are of `solve(item, ask)`; the tables say what the audit must find.
"""

from __future__ import annotations

import json
import textwrap
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.audit import check_program

HEAD = 'GENERATOR_ANSWER = "B"\nDIFFICULTY = "easy"\n'

HARD_CODED = {
    "a literal": """
        return 'B'
    """,
    "the belief": """
        return GENERATOR_ANSWER
    """,
    "a literal after a reply nobody reads": """
        x = ask('q')
        return 'B'
    """,
    "a reply overwritten with a literal": """
        a = ask('q')
        a = 'C'
        return a
    """,
    "the same literal on both sides of a reply": """
        if ask('q') == 'yes':
            return 'C'
        else:
            return 'C'
    """,
    "the same literal in both arms of an expression": """
        return 'C' if ask('q') else 'C'
    """,
    "a literal behind a guard that gives up": """
        r = ask('q')
        if not r:
            return None
        return 'C'
    """,
    "a match with the belief as fall-back": """
        z = ask('q')
        for k, t in item['options'].items():
            if t == z:
                return k
        return GENERATOR_ANSWER
    """,
    "an option looked up by its text, with a reply nobody reads": """
        ask('q')
        for k, t in item['options'].items():
            if t == '48 V':
                return k
    """,
    "an option picked by its place": """
        return list(item['options'])[1]
    """,
    "a helper's reply dropped for a literal": """
        def h(p):
            return ask(p).strip()
        x = h('a')
        return 'D'
    """,
    "a literal text looked up under literal letters": """
        for k in ['A', 'B', 'C']:
            if item['options'][k] == '48 V':
                return k
        return None
    """,
    "a literal behind a guard that raises": """
        r = ask('q')
        if r != 'x':
            raise ValueError
        return 'C'
    """,
    "the belief as judge of a reply": """
        x = ask('q')
        if x == GENERATOR_ANSWER:
            return x
        return ask('again')
    """,
    "a reply deleted": """
        x = ask('q')
        del x
        return 'A'
    """,
    "one literal or nothing": """
        if ask('q') == 'yes':
            return 'C'
        return None
    """,
    "arithmetic beside a reply nobody reads": """
        ask('q')
        t = 9 * 3
        for k, v in item['options'].items():
            if v == str(t):
                return k
    """,
    "arithmetic without asking": """
        t = 9 * 3
        for k, v in item['options'].items():
            if v == str(t):
                return k
    """,
    "a computed letter without asking": """
        return chr(66)
    """,
    "the longest option without asking": """
        return max(item['options'], key=lambda k: len(item['options'][k]))
    """,
    "a solver left one choice": """
        return ask('q', choices=['B'])
    """,
    "the belief told to the solver": """
        return read_letter(ask(f'It is {GENERATOR_ANSWER}. Repeat the letter.'))
    """,
    "a reply in a branch that is never taken": """
        if False:
            return ask('q')
        return 'B'
    """,
    "a reply in a loop that never runs": """
        while 0:
            return ask('q')
        return 'B'
    """,
    "a reply that only chooses between equal letters": """
        return 'B' if True else ask('q')
    """,
}

UNSURE = {
    "eval": """
        return eval('"B"')
    """,
    "getattr": """
        return getattr(item, 'x')
    """,
}

FALLBACK = {
    "a table with a default letter": """
        return {'yes': 'A', 'no': 'B'}.get(ask('q'), 'C')
    """,
    "a default letter and a loop that breaks": """
        found = 'A'
        for k in item['options']:
            found = k
            if ask(k) == 'yes':
                break
        return found
    """,
    "a match with a literal fall-back": """
        z = int(ask('q'))
        hits = [k for k, t in item['options'].items() if t == str(z)]
        return hits[0] if hits else 'A'
    """,
    "a match in a loop with a literal after it": """
        z = ask('q')
        for k, t in item['options'].items():
            if t == z:
                return k
        return 'A'
    """,
    "a default letter that a match replaces": """
        found = 'A'
        r = ask('q')
        for k, t in item['options'].items():
            if t == r:
                found = k
        return found
    """,
    "a dictionary lookup with a default letter": """
        d = {t: k for k, t in item['options'].items()}
        return d.get(ask('q'), 'A')
    """,
    "next with a default letter": """
        r = ask('q')
        return next((k for k, t in item['options'].items() if t == r), 'A')
    """,
    "or with a default letter": """
        return read_letter(ask('q')) or 'A'
    """,
    "a letter in an except": """
        try:
            n = int(ask('q'))
        except ValueError:
            return 'A'
        for k, t in item['options'].items():
            if t == str(n):
                return k
    """,
}

CLEAN = {
    "the reply itself": """
        return ask('x')
    """,
    "a fall-back to a belief that is none": """
        hits = [k for k, t in item['options'].items() if t == ask('q')]
        NOTHING = None
        return hits[0] if hits else NOTHING
    """,
    "a question split by a word with a capital": """
        left, right = item['question'].split(' Which')[0].split(' Limits: ')
        found = ask(left + right)
        for k, t in item['options'].items():
            if t == found:
                return k
    """,
    "a reply looked at for a letter": """
        r = ask('q')
        return r[-1] if r.startswith('A') else r[0]
    """,
    "the letter read from the reply": """
        r = ask('q')
        return read_letter(r, item['options'])
    """,
    "two literals that a reply decides between": """
        if ask('q') == 'yes':
            return 'A'
        return 'B'
    """,
    "a match or nothing": """
        z = int(ask('q'))
        hits = [k for k, t in item['options'].items() if t == str(z)]
        return hits[0] if hits else None
    """,
    "a match in a loop": """
        z = ask('q')
        for k, t in item['options'].items():
            if t == z:
                return k
        return None
    """,
    "a vote over replies": """
        votes = []
        for _ in range(3):
            votes.append(ask('q'))
        return max(set(votes), key=votes.count)
    """,
    "a score for each option": """
        scores = {k: 0 for k in item['options']}
        for k, t in item['options'].items():
            if 'yes' in ask(t):
                scores[k] += 1
        return max(scores, key=scores.get)
    """,
    "ask handed to map": """
        return read_letter(list(map(ask, ['a', 'b']))[0])
    """,
    "ask in a lambda": """
        f = lambda p: ask(p)
        return f('x')
    """,
    "ask in a helper": """
        def h(p):
            return ask(p).strip()
        x = h('a')
        return x
    """,
    "ask in a partial": """
        import functools
        g = functools.partial(ask, max_tokens=3)
        return g('x')
    """,
    "a default text that a reply replaces": """
        found = 'none'
        if ask('q') == 'yes':
            found = 'x'
        for k, t in item['options'].items():
            if t == found:
                return k
        return None
    """,
    "a table from reply to letter": """
        return {'yes': 'A', 'no': 'B'}[ask('q')]
    """,
    "ask kept by an object": """
        class S:
            def __init__(self, ask):
                self.ask = ask
            def go(self, p):
                return self.ask(p)
        return S(ask).go('x')
    """,
    "a reply kept by an object": """
        class S:
            def __init__(self):
                self.got = None
            def add(self, x):
                self.got = x
        s = S()
        s.add(ask('q'))
        return s.got
    """,
    "a count of replies": """
        n = 0
        while ask('more?') == 'yes':
            n += 1
        return 'ABCD'[n % 4]
    """,
    "a reply put into an outer list": """
        out = []
        def add(x):
            out.append(x)
        add(ask('q'))
        return out[0]
    """,
    "a reply inside a longer text": """
        v = ask('q')
        w = f'{v} V'
        return [k for k, t in item['options'].items() if t == w][0]
    """,
    "the first of several letters that a reply accepts": """
        for l in 'ABCD':
            if ask(l) == 'yes':
                return l
        return None
    """,
    "letters in a list that replies accept": """
        for l in ['A', 'B']:
            if ask(l) == 'yes':
                return l
        return 'C'
    """,
    "what no reply names": """
        box = [ask(c) for c in item['question'].split('. ')]
        for k, n in item['options'].items():
            if n not in box:
                return k
    """,
    "a dictionary filled with a reply": """
        d = {}
        d.update(a=ask('q'))
        return d['a']
    """,
    "a reply named in a condition": """
        if (r := ask('q')):
            return r
        return None
    """,
    "a list sorted by replies": """
        xs = list(item['options'])
        xs.sort(key=lambda k: ask(k))
        return xs[0]
    """,
    "the best by replies": """
        return max(item['options'], key=lambda k: int(ask(k)))
    """,
    "a nonlocal set in a helper": """
        best = None
        def look():
            nonlocal best
            best = ask('q')
        look()
        return best
    """,
    "ask in a recursion": """
        def f(n):
            if n == 0:
                return ask('q')
            return f(n - 1)
        return f(3)
    """,
    "a match statement on a reply": """
        match ask('q'):
            case 'yes':
                return 'A'
            case _:
                return 'B'
    """,
    "no answer at all": """
        ask('q')
    """,
    "ask handed to a helper": """
        def a(f, p):
            return f(p)
        return a(ask, 'x')
    """,
    "the largest of three replies": """
        a = ask('1')
        b = ask('2'); c = ask('3')
        return max(a, b, c)
    """,
    "replies from a generator": """
        def g():
            for q in ['a', 'b']:
                yield ask(q)
        for r in g():
            if r == 'yes':
                return 'A'
        return 'B'
    """,
    "a dictionary of replies": """
        r = {k: ask(t) for k, t in item['options'].items()}
        return [k for k in r if r[k] == 'yes'][0]
    """,
    "ask in a pool": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor() as pool:
            rs = list(pool.map(ask, ['a', 'b']))
        return rs[0]
    """,
    "a future of ask": """
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor()
        f = pool.submit(ask, 'q')
        return f.result()
    """,
    "options zipped with replies": """
        for k, r in zip(item['options'], [ask('a'), ask('b')]):
            if r == 'yes':
                return k
    """,
    "a place that replies choose": """
        best = 0
        for i, t in enumerate(item['options'].values()):
            if ask(t) == 'yes':
                best = i
        return list(item['options'])[best]
    """,
    "text grown by a reply": """
        s = ''
        s += ask('q')
        return s[-1]
    """,
}


def program(body, head="def solve(item, ask):"):
    return f"{HEAD}{head}\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"


def codes(source):
    return [finding.code for finding in check_program(source).interface]


@pytest.mark.parametrize("body", HARD_CODED.values(), ids=HARD_CODED.keys())
def test_hard_coding_is_found_with_its_line(body):
    audit = check_program(program(body))
    assert audit.hard_coded == "yes"
    assert audit.evidence
    assert all(line > 3 and why for line, why in audit.evidence)


@pytest.mark.parametrize("body", UNSURE.values(), ids=UNSURE.keys())
def test_what_reading_can_not_decide_is_unsure(body):
    assert check_program(program(body)).hard_coded == "unsure"


@pytest.mark.parametrize("body", FALLBACK.values(), ids=FALLBACK.keys())
def test_a_literal_fall_back_is_its_own_milder_finding(body):
    audit = check_program(program(body))
    assert (audit.hard_coded, audit.fallback) == ("no", True)
    assert any("falls back" in why for _, why in audit.evidence)


@pytest.mark.parametrize("body", CLEAN.values(), ids=CLEAN.keys())
def test_what_replies_or_computation_decide_is_clean(body):
    audit = check_program(program(body))
    assert (audit.hard_coded, audit.fallback, audit.evidence) == ("no", False, ())


def test_a_letter_of_the_module_is_a_literal_too():
    source = program("return LETTER", "LETTER = 'B'\ndef solve(item, ask):")
    assert check_program(source).hard_coded == "yes"


def test_solve_is_called_by_position_so_its_second_parameter_is_ask():
    audit = check_program(program("return oracle('x')", "def solve(question, oracle):"))
    assert (audit.hard_coded, audit.ask_sites, audit.interface) == ("no", 1, ())


def test_places_that_ask_are_counted_where_solve_reaches_them():
    body = """
        def unused():
            return ask("never")
        first = ask("a")
        second = ask("b") if first else ask("c")
        return second
    """
    assert check_program(program(body)).ask_sites == 3


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("def solve(item, ask):", []),
        ("def solve(item, ask, retries=2):", []),
        ("def solve(*parts):", []),
        ("def solve(item, *, ask):", ["arity"]),
        ("def solve(item, ask, *, seed):", ["arity"]),
        ("def solve(question, options, ask):", ["arity"]),
        ("def solve(ask):", ["arity"]),
        ("async def solve(item, ask):", ["async"]),
        ("def answer(item, ask):", ["no_solve"]),
        ("def main(item, ask):", ["main"]),
        ("class Solver:\n  def solve(self, item, ask):", ["class"]),
    ],
)
def test_another_shape_is_an_interface_finding(head, expected):
    source = program("ask = parts[1] if False else ask\nreturn ask('x')", head)
    assert [code for code in codes(source) if code != "never_asks"] == expected


def test_never_asking_is_an_interface_finding():
    assert codes(program("return str(9 * 3)")) == ["never_asks"]


def test_a_program_that_works_its_answer_out_is_hard_coded_only_if_it_could_ask():
    body = "t = 9 * 3\nfor k, v in OPTIONS.items():\n    if v == str(t):\n        return k"
    assert check_program(program(body)).hard_coded == "yes"
    assert check_program(program(body, "def solution():")).hard_coded == "no"


def test_a_reply_that_never_reaches_the_answer_is_an_unused_ask():
    body = """
        first = ask("a")
        ask("b")
        third = ask(f"c {first}")
        if ask("d") == "no":
            raise ValueError
        return third
    """
    audit = check_program(program(body))
    assert (audit.ask_sites, audit.unused_asks) == (4, (5, 7))
    assert audit.hard_coded == "no"


def test_a_reply_that_decides_is_used():
    body = "if ask('a') == 'yes':\n    return 'A'\nreturn 'B'"
    assert check_program(program(body)).unused_asks == ()


def test_calls_that_nothing_leads_to_are_unreached_asks():
    body = """
        def unused():
            return ask("never")
        if False:
            return ask("nor this")
        return ask("this")
        ask("nor that")
    """
    audit = check_program(program(body))
    assert (audit.ask_sites, audit.unreached_asks, audit.unused_asks) == (1, (5, 7, 9), ())


def test_the_audit_says_whether_the_belief_is_what_reaches_the_answer():
    assert check_program(program("return ask('x') or GENERATOR_ANSWER")).believes
    assert not check_program(program("print(GENERATOR_ANSWER)\nreturn ask('x')")).believes
    assert not check_program(program("return 'B'")).believes


def test_a_belief_of_none_is_no_belief():
    source = "GENERATOR_ANSWER = None\n" + program("return GENERATOR_ANSWER").split("\n", 1)[1]
    audit = check_program(source)
    assert (audit.hard_coded, audit.believes) == ("no", False)


def test_reading_the_belief_is_an_interface_finding_even_when_it_leads_nowhere():
    audit = check_program(program("print(GENERATOR_ANSWER)\nreturn ask('x')"))
    assert [finding.code for finding in audit.interface] == ["reads_answer"]
    assert audit.hard_coded == "no"


def test_a_container_returned_is_an_interface_finding():
    assert codes(program("return {'answer': ask('x')}")) == ["returns_container"]


def test_missing_constants_are_interface_findings():
    source = "DIFFICULTY = 'tricky'\ndef solve(item, ask):\n    return ask('x')\n"
    assert codes(source) == ["no_answer", "no_difficulty"]


def test_a_syntax_error_names_its_line():
    audit = check_program(program("x = (\nreturn 'B'"))
    assert audit.hard_coded == "unsure"
    assert audit.interface[0].code == "syntax"
    assert str(audit.interface[0]).startswith("line 4: syntax error at line 4")


def test_a_doubtful_escape_warns_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_program(program(r"return ask('\d')"))


HOSTILE = {
    "nested parentheses": "(" * 5_000 + "1" + ")" * 5_000,
    "a long sum": "x = " + " + ".join(["1"] * 50_000),
    "many minus signs": "x = " + "-" * 100_000 + "1",
    "deep attributes": "x = a" + ".b" * 40_000,
    "deep calls": "x = " + "f(" * 150 + ")" * 150,
    "deep indentation": "".join(" " * n + "if x:\n" for n in range(95)) + " " * 95 + "y = 1\n",
    "a null byte": "x = '\x00'",
    "a lone surrogate": "x = '\ud800'",
    "five megabytes": "x = 1\n" * 800_000,
    "a hundred nested loops": "".join(" " * n + f"for i{n} in y:\n" for n in range(19))
    + " " * 19
    + "x = x\n",
    "functions that call each other twice": "def f0(a):\n  return a\n"
    + "".join(f"def f{n}(a):\n  return f{n - 1}(f{n - 1}(a))\n" for n in range(1, 60))
    + "def solve(item, ask):\n  return f59(ask('x'))\n",
    "a huge table": "x = {" + ", ".join(f"{n}: 'A'" for n in range(15_000)) + "}\n",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_source_ends_in_a_finding_and_soon(source):
    started = time.process_time()
    assert check_program(source).hard_coded in VERDICTS
    assert time.process_time() - started < 8


def test_nothing_of_the_program_is_run(tmp_path):
    mark = tmp_path / "ran"
    check_program(f"open({str(mark)!r}, 'w')\ndef solve(item, ask=open({str(mark)!r}, 'w')): 1\n")
    assert not mark.exists()


VERDICTS = ("yes", "no", "unsure", "cut")
WORDS = st.sampled_from(
    ["def solve(item, ask):\n", "    ", "return ", "ask('x')", "if ", "for k in ", "x", " = ", ":",
     "\n", "item", "[", "]", "(", ")", "lambda ", "while ", "try:\n", "except:\n", "yield ", "*", ","]
)  # fmt: skip


@settings(deadline=None)
@given(source=st.lists(WORDS, max_size=40).map("".join) | st.text())
def test_any_text_can_be_audited(source):
    assert check_program(source).hard_coded in VERDICTS


def test_real_hard_coded_programs_are_all_found(shared_data):
    rows = read(shared_data, "pot_tatqa_literal")
    missed = [row for row in rows if row["hard_coded"] and audit(row).hard_coded != "yes"]
    assert missed == []


def test_of_real_computed_programs_only_renamed_literals_are_flagged(shared_data):
    rows = read(shared_data, "pot_tatqa_literal")
    flagged = [row for row in rows if not row["hard_coded"] and audit(row).hard_coded == "yes"]
    # The label was made by pattern and lets `ans = -0.4` and `ans = revenue_2018` pass.
    assert len(flagged) <= 2


def test_literals_inside_a_computed_branch_are_not_hard_coding(shared_data):
    rows = [row for row in read(shared_data, "pot_tabmwp_mc") if "\nif " in row["program"]]
    assert len(rows) > 10
    assert [row for row in rows if audit(row).hard_coded == "yes"] == []


def test_real_agents_that_call_a_model_are_not_flagged(shared_data):
    rows = read(shared_data, "adas_llm_calling_agents")
    assert [row["name"] for row in rows if audit(row).hard_coded == "yes"] == []


def audit(row):
    return check_program(row["program"])


def read(shared_data, name):
    path = shared_data / "programs" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
