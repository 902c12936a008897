"""Programs in the replies that models and servers really give: lists, marks, thoughts, JSON."""

from __future__ import annotations

import json
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.scaffolds import extract_program

PROGRAM = 'GENERATOR_ANSWER = "B"\n\n\ndef solve(item, ask):\n    return ask("2 + 2?")\n'
DRAFT = PROGRAM.replace("2 + 2", "draft")
HELPER = "def helper(x):\n    return x\n"
CUT = PROGRAM[: PROGRAM.index('"2 + 2')]


def fenced(program, language="python", fence="```"):
    return f"{fence}{language}\n{program}{fence}\n"


def in_list(text, width):
    return textwrap.indent(text, " " * width)


# ---- lists and quotations ----------------------------------------------------------------------


@pytest.mark.parametrize("width", range(1, 13))
def test_a_block_inside_a_list_loses_the_indent_of_the_list(width):
    assert extract_program(f"1. The program:\n\n{in_list(fenced(PROGRAM), width)}") == PROGRAM


@pytest.mark.parametrize("marker", ["1. ", "2) ", "- ", "* ", "+ ", "12. ", "a. ", "- 1. "])
def test_a_fence_can_stand_on_the_line_of_its_list_item(marker):
    body = in_list(f"{PROGRAM}```\n", len(marker))
    assert extract_program(f"Steps:\n{marker}```python\n{body}") == PROGRAM


def test_a_list_indented_by_tabs_is_read_too():
    assert extract_program("1. Here:\n\n" + textwrap.indent(fenced(PROGRAM), "\t")) == PROGRAM


def test_a_block_whose_fence_is_indented_otherwise_than_its_program_keeps_the_program():
    assert extract_program(f"1. Here:\n   ```python\n{PROGRAM}   ```\n") == PROGRAM
    assert extract_program(f"```python\n{in_list(PROGRAM, 4)}```\n") == PROGRAM
    assert extract_program(f"1. Here:\n  ```python\n{in_list(PROGRAM, 7)}  ```\n") == PROGRAM


def test_blank_lines_and_texts_at_the_margin_do_not_keep_an_indent():
    program = 'def solve(item, ask):\n    said = """\nAnswer:\n"""\n\n    return ask(said)\n'
    body = '   def solve(item, ask):\n       said = """\nAnswer:\n"""\n\n       return ask(said)\n'
    assert extract_program(f"1. Here:\n\n   ```python\n{body}   ```\n") == program


def test_a_program_that_is_set_off_by_white_space_alone_is_read():
    reply = f"Here it is:\n\n{in_list(PROGRAM, 4)}\nIt asks once.\n"
    assert extract_program(reply).rstrip() == PROGRAM.rstrip()
    method = f"class Solver:\n{in_list(PROGRAM, 4)}"
    assert extract_program(method).startswith("class Solver:")


@pytest.mark.parametrize(
    "language", ["python3.11", "python:solve.py", "py3", "{.python .numberLines}"]
)
def test_a_fence_may_say_more_than_the_language(language):
    assert extract_program(fenced(HELPER, language)) == HELPER


def test_a_quoted_block_is_read_without_its_quotation_marks():
    assert extract_program(textwrap.indent(fenced(PROGRAM), "> ", lambda line: True)) == PROGRAM
    assert extract_program(textwrap.indent(fenced(PROGRAM), ">> ", lambda line: True)) == PROGRAM


def test_a_fence_behind_words_opens_a_block_where_it_names_python():
    assert extract_program(f"**Program:** {fenced(PROGRAM)}") == PROGRAM
    assert extract_program("Use ``` for blocks.\nNothing else.") is None


def test_a_fence_at_the_end_of_a_line_of_code_ends_the_block():
    glued = f"```python\n{PROGRAM.rstrip()}```\n"
    assert extract_program(f"{glued}It asks once.") == PROGRAM.rstrip()
    assert extract_program(f"{fenced(DRAFT)}{glued}") == PROGRAM.rstrip()
    commented = PROGRAM.replace("    return", "    # no ```\n    return")
    assert extract_program(fenced(commented)) == commented


# ---- several blocks ----------------------------------------------------------------------------


def test_a_block_that_is_cut_does_not_take_the_place_of_a_whole_one():
    assert extract_program(f"{fenced(PROGRAM)}Better:\n```python\n{CUT}") == PROGRAM


def test_a_block_that_is_no_python_does_not_take_the_place_of_one_that_is():
    broken = "def solve(item, ask):\n    return (\n"
    assert extract_program(fenced(PROGRAM) + fenced(broken)) == PROGRAM
    assert extract_program(fenced(broken) + fenced(PROGRAM)) == PROGRAM


def test_of_blocks_that_are_all_cut_or_wrong_the_last_is_taken():
    broken = "def solve(item, ask):\n    return (\n"
    assert extract_program(f"{fenced(broken)}Again:\n```python\n{CUT}") == CUT


def test_of_whole_blocks_the_last_is_taken_also_inside_lists():
    first, second = (in_list(fenced(one), 3) for one in (DRAFT, PROGRAM))
    assert extract_program(f"1. A draft:\n{first}\n2. The program:\n{second}") == PROGRAM


def test_a_program_without_a_fence_counts_before_a_block_without_solve():
    snippet, command = fenced("x = 1\n"), fenced("pip install it\n", "bash")
    assert extract_program(f"{snippet}\n{PROGRAM}").rstrip() == PROGRAM.rstrip()
    assert extract_program(f"{PROGRAM}\n{command}").startswith(PROGRAM)


def test_a_fence_in_a_string_of_the_program_does_not_end_it():
    program = 'def solve(item, ask):\n    p = """\n```\nx\n```\nB?\n"""\n    return ask(p)\n'
    assert extract_program(f"Here:\n{fenced(program)}Done.\n") == program
    assert extract_program(in_list(fenced(program), 2)) == program


def test_a_string_that_is_never_closed_ends_with_the_first_fence():
    broken = 'def solve(item, ask):\n    return """\n'
    assert extract_program(fenced(broken) + fenced(PROGRAM)) == PROGRAM


# ---- marks of turns ----------------------------------------------------------------------------

ENDS = [
    "<|im_end|>",
    "<|im_end|>\n",
    "</s>",
    "<end_of_turn>\n",
    "<|eot_id|>",
    "<|endoftext|>",
    "<|end|>",
    "<eos>",
    "<｜end▁of▁sentence｜>",
    "<|return|>",
    "</s></s>\n",
]


@pytest.mark.parametrize("end", ENDS)
def test_a_mark_of_the_end_is_no_part_of_the_program(end):
    fence = f"```python\n{PROGRAM}```"
    assert extract_program(fence + end) == PROGRAM
    assert extract_program(f"```python\n{PROGRAM}{end}").strip() == PROGRAM.strip()
    assert extract_program(f"{PROGRAM.rstrip()}{end}").strip() == PROGRAM.strip()


BEGINNINGS = [
    "<|im_start|>assistant\n",
    "<|im_end|>\n<|im_start|>assistant\n",
    "<s> ",
    "[/INST] ",
    "<start_of_turn>model\n",
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "</s>\n",
]


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_a_program_is_found_behind_a_mark(begin):
    assert extract_program(begin + fenced(PROGRAM)) == PROGRAM
    assert extract_program(begin + PROGRAM) == PROGRAM


@pytest.mark.parametrize("end", ENDS)
def test_the_program_of_an_invented_next_turn_is_not_taken(end):
    reply = f"{fenced(PROGRAM)}{end}<|im_start|>user\nAnother question\n{fenced(DRAFT)}"
    assert extract_program(reply) == PROGRAM


@pytest.mark.parametrize("mark", ["<|im_end|>", "</s>", "</think>", "[/INST]", "<think>"])
@pytest.mark.parametrize(
    "body",
    [
        "    return ask('?').split('{}')[0]\n",
        '    return ask("""Say it,\n{}\nthen stop.\n""")\n',
        "    # a reply may end with {}\n    return ask('?')\n",
    ],
)
def test_a_mark_in_the_program_is_left_there(mark, body):
    program = f"def solve(item, ask):\n{body.format(mark)}"
    assert extract_program(fenced(program)) == program
    assert extract_program(f"{fenced(program)}<|im_end|>") == program
    assert extract_program(program) == program


def test_the_marks_of_code_models_are_fences_too():
    assert (
        extract_program(f"[PYTHON]\n{PROGRAM}[/PYTHON]\nIt asks once.").strip() == PROGRAM.strip()
    )


# ---- thoughts ----------------------------------------------------------------------------------

THOUGHTS = [
    "<think>\n{}\n</think>\n",
    "{}\n</think>\n\n",
    "[THINK]{}[/THINK]",
    "<thinking>{}</thinking>\n",
    "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
    "◁think▷{}◁/think▷",
]


@pytest.mark.parametrize("thought", THOUGHTS)
def test_a_program_stands_behind_the_thought(thought):
    thought = thought.format(f"Perhaps so:\n{fenced(DRAFT)}")
    assert extract_program(thought + fenced(PROGRAM)) == PROGRAM
    assert extract_program(thought + "I can't.") is None


def test_a_fence_that_a_thought_leaves_open_hides_nothing():
    assert extract_program(f"<think>\n```python\n{CUT}\n</think>\n{fenced(PROGRAM)}") == PROGRAM


@pytest.mark.parametrize("begin", ["<think>", "[THINK]", "<|channel|>analysis<|message|>"])
def test_a_thought_that_never_ends_has_no_program(begin):
    assert extract_program(f"{begin}\n{fenced(PROGRAM)}") is None


# ---- JSON --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda program: {"code": program},
        lambda program: {"answer": "B", "program": program, "difficulty": "easy"},
        lambda program: {"result": {"files": [{"name": "s.py", "content": program}]}},
        lambda program: [{"type": "code", "code": fenced(program)}],
        lambda program: {"code": program.splitlines()},
        lambda program: {"code": program.splitlines(keepends=True)},
    ],
)
def test_a_program_in_json_is_its_text(wrapped):
    value = json.dumps(wrapped(PROGRAM))
    for reply in (value, f" {value}\n", fenced(value + "\n", "json"), f"{value}<|im_end|>"):
        assert extract_program(reply).rstrip("\n") == PROGRAM.rstrip("\n")


def test_json_can_hold_a_program_without_solve():
    assert extract_program(json.dumps({"code": "x = 1\nprint(x)\n"})) == "x = 1\nprint(x)\n"


def test_json_with_line_ends_as_they_are_is_read():
    reply = '{"code": "' + PROGRAM.replace('"', '\\"') + '"}'
    assert extract_program(reply) == PROGRAM


def test_json_without_a_program_holds_none():
    assert extract_program('{"answer": "B", "why": "import taxes fell"}') is None
    assert extract_program('{"code": "def solve(item, ask):') is None


def test_a_program_that_begins_with_a_bracket_is_no_json():
    program = '{"a": 1}\n\ndef solve(item, ask):\n    return ask("?")\n'
    assert extract_program(fenced(program)) == program


# ---- ends of lines -----------------------------------------------------------------------------


def test_windows_line_ends_are_read_everywhere():
    program = PROGRAM.replace("\n", "\r\n")
    windows = fenced(PROGRAM).replace("\n", "\r\n")
    assert extract_program(windows) == program
    assert extract_program(program) == program
    listed = in_list(fenced(PROGRAM), 3).replace("\n", "\r\n")
    assert extract_program(f"1. Here:\r\n\r\n{listed}") == program
    assert extract_program(fenced(PROGRAM, fence="~~~").replace("\n", "\r\n")) == program
    assert extract_program(windows + "<|im_end|>\r\n") == program


@pytest.mark.parametrize("reply", [PROGRAM, fenced(PROGRAM), json.dumps({"code": PROGRAM})])
def test_a_byte_order_mark_is_no_part_of_the_program(reply):
    assert extract_program("\ufeff" + reply) == PROGRAM


def test_a_byte_order_mark_inside_the_fence_is_no_part_of_the_program():
    assert extract_program(fenced("\ufeff" + PROGRAM)) == PROGRAM


# ---- whatever comes ----------------------------------------------------------------------------

PIECES = ["```", "~~~", "python", "\n", "  ", "- ", "1. ", "> ", "def solve(item, ask):", "</s>"]
PIECES += ["<|im_end|>", "<think>", "</think>", '"""', "{", "}", '"', "[", "]", "x = 1", "\r\n"]


@settings(deadline=None)
@given(reply=st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text())
def test_every_line_of_a_program_is_the_end_of_a_line_of_the_reply(reply):
    found = extract_program(reply)
    if found is not None and reply.lstrip("\ufeff \r\n\t")[:1] not in ("{", "["):
        kept = [line for line in found.splitlines() if line.strip()]
        assert all(line in reply for line in kept)


@pytest.mark.parametrize(
    "unit",
    [
        "<|im_end|>",
        "</s> ",
        "<|im_end|>\n",
        "<s>" + " " * 300,
        "</think>",
        "1. - > ",
        "> ```python\n",
        "```python\n<|im_end|>\n",
        '```\n"""\n',
        '"""```\n```\n',
        " " * 100,
        "\t\n",
        "[{",
        '{"code": ',
        "```json\n{}\n```\n",
        "```python\ndef solve(item, ask):\n    pass\n```\n",
        "```python\ndef solve(item, ask):\n  return '</s>'\n```\n",
    ],
)
@pytest.mark.parametrize("begin", ["x", "def solve(item, ask):\n    pass\n"])
def test_a_long_reply_of_marks_is_read_in_linear_time(begin, unit):
    extract_program(begin + unit * (250_000 // len(unit)))
