"""Programs that mean harm are rows of a study like others: it runs to its end, and again, and what
it made can be read, reported, exported and checked."""

from __future__ import annotations

import json

from click.testing import CliRunner
from made_rows import rows_of as rows_in_store
from scripted_study import STUDY, card

from cgr_nb.cli import cli
from cgr_nb.store import Store

TOP = """
import json, os, threading, time
def frame(**message):
    body = json.dumps(message).encode()
    os.write(3, len(body).to_bytes(4, "big") + body)
def solve(item, ask):
"""
HOSTILE = {
    "end kind": "    frame(type='end', kind=['returned'])\n    os.read(3, 1)",
    "real-time signal": "    os.kill(os.getpid(), 40)",
    "record": "    os.write(4, b'[[],1,1,{},0]\\n')\n    os._exit(3)",
    "record of an ok run": "    os.write(4, b'[[],1,1,{},0]\\n[' + b'9' * 5000)\n    return 'A'",
    "last words": "    os.write(4, b'File \"<scaffold>\", line ' + b'9' * 20)\n    os._exit(3)",
    "second module": "    frame(type='module')\n    os.read(3, 1)",
    "flood": "    while True: frame(type='module')",
    "never reads": "    for n in range(40): frame(type='ask', id=n, prompt='?', choices=[])\n    time.sleep(60)",
    "controls": "    frame(type='end', kind='exception', text='\\0 \\x1b[2J \\u202e', line=3)",
    "asks controls": "    ask('\\0 \\x1b[2J \\u202e')\n    return 'A'",
    "threads": "    while True: threading.Thread(target=time.sleep, args=(60,)).start()",
    "wide step": "    exec('def f(' + ','.join(f'x{n}' for n in range(4000)) + '): return 1')\n    return 'A'",
}
ANSWERED = {"record of an ok run", "asks controls", "wide step"}
SOLVER = 'rules = [["Only the letter", "Answer: B"]], default = "nothing"'


def test_a_study_of_hostile_programs_comes_to_its_end(tmp_path):
    rules = [[f"kind: {name}\n", f"```python\n{TOP}{body}\n```"] for name, body in HOSTILE.items()]
    items = [
        {"dataset": "harm", "question": f"kind: {name}\n1 or 2?", "options": {"A": "1", "B": "2"}}
        for name in HOSTILE
    ]
    lines = [json.dumps({**item, "gold": "A"}) for item in items]
    (tmp_path / "items.jsonl").write_text("\n".join(lines) + "\n")
    # A reply of a rule may name groups of its expression, so that a backslash is written twice.
    rules = [[pattern, reply.replace("\\", r"\\")] for pattern, reply in rules]
    generator = "rules = " + json.dumps(rules)
    (tmp_path / "registry.toml").write_text(card("solver", SOLVER) + card("generator", generator))
    study = STUDY.replace("[run]", "[generator]\nmax_tokens = 4000\n[limits]\nwall_s = 5\n[run]")
    (tmp_path / "study.toml").write_text(study)

    def do(*words):
        result = CliRunner().invoke(cli, [str(word) for word in words])
        assert result.exit_code == 0, result.output
        return result.output

    folder, package = tmp_path / "out", tmp_path / "out.zip"
    do("study", "run", tmp_path / "study.toml", "--out", folder)
    with Store.open(folder) as store:
        rows = {row.item_id: row for row in rows_in_store(store)}
        texts = {item.question.split("\n")[0][6:]: item.id for item in store.items()}
        assert texts.keys() == HOSTILE.keys()
        for name, item_id in texts.items():
            row = rows[item_id]
            assert (row.assisted_status == "ok") == (name in ANSWERED), (name, row.assisted_detail)
            assert (row.assisted_detail == "") == (name in ANSWERED)
        before = rows_in_store(store)
    do("study", "run", tmp_path / "study.toml", "--out", folder)
    with Store.open(folder) as store:
        assert rows_in_store(store) == before
    do("report", folder)
    do("export", folder, "-o", package)
    do("verify", package)
