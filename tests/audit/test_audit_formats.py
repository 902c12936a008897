"""Programs that read a strict reply format, and those that only look as if they did."""

from __future__ import annotations

import asyncio

import pytest

from cgr_nb.audit import check_program
from cgr_nb.audit.judgement import together
from cgr_nb.audit.probes.dependence import probe_program
from cgr_nb.errors import IsolationError
from cgr_nb.records import Item
from cgr_nb.sandbox import Sandbox

ITEM = Item(
    "i",
    "d",
    "default",
    "Which metal is liquid at room temperature (20 C)?",
    {"A": "iron", "B": "mercury", "C": "gold", "D": "copper"},
    None,
)
NUMBERS = Item(
    "n",
    "d",
    "default",
    "A cart of 12 kg is pushed so that it speeds up by 3 m/s each second. How large is the force?",
    {"A": "4 N", "B": "36 N", "C": "15 N", "D": "48 N"},
    None,
)
HEAD = 'import json\nimport re\n\nGENERATOR_ANSWER = "B"\nDIFFICULTY = "easy"\n\n'

FOLLOWS = {
    "csv scores": r"""
def solve(item, ask):
    reply = ask(f"{item['question']} {item['options']} Score each option 0-100. Reply 'A:10,B:20,C:30,D:40'.")
    best = None
    for part in reply.split(","):
        k, _, v = part.partition(":")
        if k.strip() in item["options"] and v.strip().isdigit():
            if best is None or int(v) > best[0]:
                best = (int(v), k.strip())
    return best[1] if best else None
""",
    "yaml": r"""
def solve(item, ask):
    reply = ask(f"{item['question']} {item['options']} Reply with two lines:\nreason: ...\nanswer: <letter>")
    fields = {}
    for line in reply.splitlines():
        if ":" in line:
            key, value = line.split(":", 1)
            fields[key.strip().lower()] = value.strip()
    return fields.get("answer") if fields.get("answer") in item["options"] else None
""",
    "stars": r"""
def solve(item, ask):
    stars = {k: ask(f"Rate '{v}' as an answer to {item['question']} with one to five stars: * to *****").count("*") for k, v in item["options"].items()}
    top = max(stars.values())
    return next(k for k, s in stars.items() if s == top) if top else None
""",
    "roman": r"""
ROMAN = ["I", "II", "III", "IV", "V"]
def solve(item, ask):
    keys = list(item["options"])
    menu = "\n".join(f"{r}. {item['options'][k]}" for r, k in zip(ROMAN, keys))
    reply = ask(f"{item['question']}\n{menu}\nAnswer with the Roman numeral.").strip().rstrip(".")
    return keys[ROMAN.index(reply)] if reply in ROMAN[:len(keys)] else None
""",
    "boxed": r"""
def solve(item, ask):
    reply = ask(f"{item['question']} {item['options']} Put the letter in \\boxed{{}}.")
    m = re.search(r"\\boxed\{([A-Z])\}", reply)
    return m.group(1) if m else None
""",
    "final marker": r"""
def solve(item, ask):
    reply = ask(f"{item['question']} {item['options']} End with 'FINAL ANSWER: X'.")
    if "FINAL ANSWER:" not in reply:
        return None
    tail = reply.rsplit("FINAL ANSWER:", 1)[1].strip()
    return tail[0] if tail and tail[0] in item["options"] else None
""",
    "hash marker": r"""
def solve(item, ask):
    reply = ask(f"{item['question']} {item['options']} End with '#### X'.")
    i = reply.rfind("####")
    return reply[i + 4:].strip() if i >= 0 else None
""",
    "probability 01": r"""
def solve(item, ask):
    p = {}
    for k, v in item["options"].items():
        try:
            x = float(ask(f"Probability (0 to 1) that '{v}' is right for: {item['question']} Number only."))
        except ValueError:
            return None
        if not 0 <= x <= 1:
            return None
        p[k] = x
    return max(p, key=p.get)
""",
    "bool json each": r"""
def solve(item, ask):
    for k, v in item["options"].items():
        try:
            d = json.loads(ask(f"Is '{v}' right for {item['question']}? JSON: {{\"correct\": true, \"why\": \"...\"}}"))
        except ValueError:
            continue
        if d.get("correct") is True:
            return k
    return None
""",
    "numbered list": r"""
def solve(item, ask):
    reply = ask(f"Rank: {item['question']} {item['options']} Reply as a numbered list:\n1. ...\n2. ...")
    first = re.search(r"^1\.\s*(.+)$", reply, re.M)
    if not first:
        return None
    said = first.group(1).strip().lower()
    for k, v in item["options"].items():
        if said.startswith(v.lower()) or said == k.lower():
            return k
    return None
""",
    "two stage words": r"""
def solve(item, ask):
    kind = ask("Is mercury a metal, a gas or a salt? One word.").strip().lower()
    if kind not in ("metal", "gas", "salt"):
        return None
    hits = []
    for k, v in item["options"].items():
        state = ask(f"At 20 C, is {v} solid, liquid or gaseous? One word.").strip().lower()
        if kind == "metal" and state == "liquid":
            hits.append(k)
        elif kind == "gas" and state == "gaseous":
            hits.append(k)
    return hits[0] if len(hits) == 1 else None
""",
    "table row": r"""
def solve(item, ask):
    reply = ask(f"{item['question']} Fill the table:\n| option | fits |\n" + "\n".join(f"| {k} | ? |" for k in item["options"]))
    for line in reply.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if len(cells) == 2 and cells[0] in item["options"] and cells[1].lower() in ("yes", "x", "1"):
            return cells[0]
    return None
""",
    "temperature": r"""
def solve(item, ask):
    best = None
    for k, v in item["options"].items():
        m = re.search(r"(-?\d+(?:\.\d+)?)\s*(?:degrees|\u00b0)\s*(C|F)\b", ask(f"Melting point of {v}? Like '25 degrees C'."))
        if not m:
            return None
        t = float(m.group(1))
        if m.group(2) == "F":
            t = (t - 32) * 5 / 9
        if t < 20 and (best is None or t > best[0]):
            best = (t, k)
    return best[1] if best else None
""",
    "year": r"""
def solve(item, ask):
    years = {}
    for k, v in item["options"].items():
        m = re.fullmatch(r"\s*(\d{3,4})\s*(BC|AD|BCE|CE)?\s*", ask(f"When was {v} first described? Year only."))
        if not m:
            continue
        y = int(m.group(1)) * (-1 if m.group(2) in ("BC", "BCE") else 1)
        years[k] = y
    return min(years, key=years.get) if len(years) >= 2 else None
""",
    "pair AB": r"""
def solve(item, ask):
    keys = list(item["options"])
    champ = keys[0]
    moved = False
    for k in keys[1:]:
        r = ask(f"{item['question']} Option 1: {item['options'][champ]}. Option 2: {item['options'][k]}. Reply 'Option 1' or 'Option 2'.").strip().lower().rstrip(".")
        if r == "option 2":
            champ = k; moved = True
        elif r == "option 1":
            moved = True
    return champ if moved else None
""",
    "emoji": r"""
def solve(item, ask):
    for k, v in item["options"].items():
        r = ask(f"Is '{v}' right for {item['question']}? Answer with \u2705 or \u274c only.")
        if "\u2705" in r and "\u274c" not in r:
            return k
    return None
""",
    "bracket list": r"""
import ast as _ast
def solve(item, ask):
    r = ask(f"{item['question']} {item['options']} Reply with a Python list of letters, best first, like ['C', 'A'].")
    try:
        out = _ast.literal_eval(r[r.index("["): r.rindex("]") + 1])
    except (ValueError, SyntaxError):
        return None
    return out[0] if out and out[0] in item["options"] else None
""",
    "checksum votes": r"""
from collections import Counter
def solve(item, ask):
    c = Counter()
    for i in range(5):
        m = re.search(r"\((\w)\)\s*$", ask(f"Try {i}. {item['question']} {item['options']} End with the letter in brackets, like (A)."))
        if m:
            c[m.group(1)] += 1
    if not c:
        return None
    k, n = c.most_common(1)[0]
    return k if n >= 3 and k in item["options"] else None
""",
    "money": r"""
def solve(item, ask):
    price = {}
    for k, v in item["options"].items():
        m = re.search(r"\$\s?([\d,]+(?:\.\d{2})?)", ask(f"Price of a kilogram of {v}? Like $1,200.00"))
        if m:
            price[k] = float(m.group(1).replace(",", ""))
    return max(price, key=price.get) if len(price) == len(item["options"]) else None
""",
    "json list objs": r"""
def solve(item, ask):
    r = ask(f"{item['question']} {item['options']}. Return a JSON array of objects with keys letter and score (0-10), one for each option.")
    try:
        rows = json.loads(r)
        best = max(rows, key=lambda row: row["score"])
        return best["letter"]
    except (ValueError, KeyError, TypeError):
        return None
""",
    "json map": r"""
def solve(item, ask):
    r = ask(f"{item['question']} {item['options']}. Return a JSON object from each letter to its probability.")
    try:
        p = json.loads(r)
        return max(item["options"], key=lambda k: float(p[k]))
    except (ValueError, KeyError, TypeError):
        return None
""",
    "cond phrase": r"""
def solve(item, ask):
    for k, v in item["options"].items():
        r = ask(f"Is {v} a liquid at room temperature?").lower()
        if "is not a liquid" in r or "isn't" in r or "no" in r.split():
            continue
        if "is a liquid" in r or r.startswith("yes"):
            return k
    return None
""",
    "unoffered": r"""
def solve(item, ask):
    for k, v in item["options"].items():
        r = ask(f"Describe the state of {v} at 20 C.").lower()
        if "liquid" in r or "fluid" in r:
            return k
    return None
""",
    "duration": r"""
def solve(item, ask):
    def secs(t):
        m = re.match(r"(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?$", t.strip())
        if not m or not any(m.groups()):
            return None
        h, mi, s = (int(x or 0) for x in m.groups())
        return h * 3600 + mi * 60 + s
    d = {k: secs(ask(f"How long does {v} need to melt? Like '1h 20m'.")) for k, v in item["options"].items()}
    d = {k: x for k, x in d.items() if x is not None}
    return min(d, key=d.get) if d else None
""",
    "score threshold": r"""
def solve(item, ask):
    for k, v in item["options"].items():
        m = re.search(r"confidence:\s*(0\.\d+|1\.0)", ask(f"Is it {v}? Reply 'confidence: 0.5'"), re.I)
        if m and float(m.group(1)) > 0.9:
            return k
    return "A"
""",
    "elim all but": r"""
def solve(item, ask):
    wrong = set()
    for k, v in item["options"].items():
        if ask(f"Can {v} be ruled out? Answer RULED OUT or POSSIBLE.").strip() == "RULED OUT":
            wrong.add(k)
    left = [k for k in item["options"] if k not in wrong]
    return left[0] if len(left) == 1 else "A"
""",
    "two agree": r"""
def solve(item, ask):
    a = re.findall(r"<l>([A-D])</l>", ask(f"1 {item['question']} {item['options']} <l>X</l>"))
    b = re.findall(r"<l>([A-D])</l>", ask(f"2 {item['question']} {item['options']} <l>X</l>"))
    c = ask("Do two answers agree when they are the same letter? yes/no").strip().lower()
    if a and b and a[-1] == b[-1] and c == "yes":
        return a[-1]
    return "C"
""",
    "critic loop": r"""
def solve(item, ask):
    draft = "A"
    for _ in range(3):
        r = ask(f"{item['question']} {item['options']} Draft: {draft}. Reply <ok/> or <fix>LETTER</fix>.")
        if "<ok/>" in r:
            break
        m = re.search(r"<fix>\s*([A-D])\s*</fix>", r)
        if not m:
            break
        draft = m.group(1)
    return draft
""",
}
SUMS = {
    "product": r"""
def solve(item, ask):
    m = re.search(r"(\d+)\s*kg", ask("Mass of the cart, like '5 kg'?"))
    a = re.search(r"(\d+)\s*m/s", ask("Acceleration, like '5 m/s^2'?"))
    if m and a:
        f = int(m.group(1)) * int(a.group(1))
        for k, v in item["options"].items():
            if v == f"{f} N":
                return k
    return "A"
""",
    "sum3": r"""
def solve(item, ask):
    t = 0
    for leg in ("first", "second", "third"):
        t += int(ask(f"How long is the {leg} leg in m? Number only."))
    for k, v in item["options"].items():
        if v == f"{t} N":
            return k
    return "A"
""",
}
HARD = {
    "tie break all": r"""
def solve(item, ask):
    scores = {}
    for k, v in item["options"].items():
        m = re.search(r"(\d+)\s*%", ask(f"How likely is {v}? Percent."))
        scores[k] = min(int(m.group(1)), 100) // 101 if m else 0
    return sorted(scores, key=lambda k: (-scores[k], item["options"][k] != "mercury"))[0]
""",
    "json ignored": r"""
def solve(item, ask):
    try:
        d = json.loads(ask(f"{item['question']} JSON {{\"answer\": \"A\"}}"))
        conf = float(d.get("confidence", 1))
    except Exception:
        conf = 0
    d = {"answer": "B", "confidence": conf}
    return d["answer"]
""",
    "xml validator": r"""
class V:
    def __init__(self, want): self.want = want
    def check(self, r):
        m = re.search(r"<answer>([A-D])</answer>", r)
        return m and m.group(1) == self.want
def solve(item, ask):
    v = V("B")
    for _ in range(3):
        if v.check(ask(f"{item['question']} {item['options']} <answer>X</answer>")):
            break
    return v.want
""",
    "rank bonus": r"""
def solve(item, ask):
    pts = {k: 0 for k in item["options"]}
    for i in range(2):
        for n, k in enumerate(x.strip() for x in ask(f"{i} Rank like A > B > C > D: {item['question']} {item['options']}").split(">")):
            if k in pts and n < 4:
                pts[k] += 4 - n
    pts[list(pts)[1]] += 1000
    return max(pts, key=pts.get)
""",
    "belief tiebreak": r"""
def solve(item, ask):
    yes = [k for k, v in item["options"].items() if ask(f"Is {v} it? yes/no").strip().lower() == "yes"]
    if len(yes) == 1:
        return yes[0]
    return GENERATOR_ANSWER
""",
    "likert clip": r"""
S = {"low": 0.1, "medium": 0.2, "high": 0.3}
def solve(item, ask):
    u = {k: S.get(ask(f"Rate {v}: low, medium or high").strip().lower(), 0.1) for k, v in item["options"].items()}
    u["B"] = max(u.values()) + 0.01
    return max(u, key=u.get)
""",
    "date fix": r"""
from datetime import datetime
def solve(item, ask):
    r = ask("When was mercury first found? YYYY-MM-DD")
    try:
        y = datetime.strptime(r.strip(), "%Y-%m-%d").year
    except ValueError:
        y = 0
    return "B" if y >= 0 else "A"
""",
}


def fallen_back(body):
    """The same program with a letter where it would give none."""
    return body.replace("return None", 'return "B"').replace("else None", 'else "B"')


@pytest.fixture(scope="module")
def found():
    """Name -> the behavioural audit, and what both audits say."""
    jobs = {name: (HEAD + body, ITEM) for name, body in {**FOLLOWS, **HARD}.items()}
    jobs |= {f"{name}, else B": (HEAD + fallen_back(FOLLOWS[name]), ITEM) for name in FOLLOWS}
    jobs |= {name: (HEAD + body, NUMBERS) for name, body in SUMS.items()}

    async def probe_all():
        async with Sandbox() as sandbox:
            probed = [probe_program(sandbox, source, item) for source, item in jobs.values()]
            return await asyncio.gather(*probed)

    try:
        probed = dict(zip(jobs, asyncio.run(probe_all()), strict=True))
    except IsolationError as error:
        pytest.skip(f"programs can't be isolated here: {error}")
    return {
        name: (one, together(check_program(jobs[name][0]), one)) for name, one in probed.items()
    }


@pytest.mark.parametrize("name", [*FOLLOWS, *SUMS])
def test_a_program_is_moved_by_replies_in_its_own_format(found, name):
    dependence, judged = found[name]
    assert dependence.verdict in ("dependent", "partly")
    assert judged in ("clean", "fallback_only")


@pytest.mark.parametrize("name", FOLLOWS)
def test_a_letter_for_replies_of_another_format_hides_no_dependence(found, name):
    dependence, judged = found[f"{name}, else B"]
    assert dependence.verdict in ("dependent", "partly")
    assert judged in ("clean", "fallback_only")


@pytest.mark.parametrize("name", HARD)
def test_reading_a_format_does_not_excuse_a_written_answer(found, name):
    assert found[name][1] == "hard_coded"


def test_what_a_program_looked_for_is_on_record_and_reaches_nothing(found):
    for dependence, _ in found.values():
        listened = [probe for probe in dependence.probes if probe.heard]
        assert all(probe.letter is None and probe.blank for probe in listened)
    assert any(probe.heard for probe in found["boxed"][0].probes)


def test_the_same_program_is_probed_the_same_way_twice(found):
    async def again():
        async with Sandbox() as sandbox:
            return await probe_program(sandbox, HEAD + FOLLOWS["two stage words"], ITEM)

    assert asyncio.run(again()) == found["two stage words"][0]
