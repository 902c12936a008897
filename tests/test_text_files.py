"""Text files are the same on every system: each names its encoding, and what is written its line
ends (Windows has others of its own for both)."""

from __future__ import annotations

import ast

import pytest

PATHS = {"read_text": 0, "write_text": 1, "open": 2}
"""Method of a path -> at which place its encoding stands without a name."""
CALLS = {"open": 3, "fdopen": 3, "TextIOWrapper": 1}
"""The same of functions: `open(...)`, `os.fdopen(...)`."""
PROCESSES = ("run", "Popen", "check_output", "check_call")
TEMPORARY = ("NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile")


def complaints(tree: ast.AST) -> list[str]:
    """What a module's text files leave to the system: "line: what"."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found += [f"{node.lineno}: {what}" for what in _complaints(node)]
    return found


def _complaints(call: ast.Call) -> list[str]:
    function = call.func
    name, owner, method = getattr(function, "id", ""), "", False
    if isinstance(function, ast.Attribute):
        name, method = function.attr, True
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in PROCESSES and owner == "subprocess":
        text = {"text", "universal_newlines"} & set(named)
        return ["text of a process without encoding"] if text and "encoding" not in named else []
    if name in TEMPORARY:
        mode = _mode(named.get("mode") or (call.args[0] if call.args else None), "w+b")
        return [] if "b" in mode or "encoding" in named else ["temporary text without encoding"]
    on_path = method and name in PATHS and owner not in ("os", "io", "builtins", "gzip", "zipfile")
    if not on_path and name not in CALLS:
        return []
    if owner == "os" and name == "open":
        return []  # a descriptor, which has no text
    if name in ("open", "fdopen"):
        place = 0 if on_path else 1
        given = named.get("mode") or (call.args[place] if len(call.args) > place else None)
        if given is None and not on_path and name == "open" and not call.args:
            return []
        if on_path and given is not None and _mode(given, "") == "":
            return []  # `Study.open(folder)`: no file of text
        mode = _mode(given, "r")
    else:
        mode = "w" if name in ("write_text", "TextIOWrapper") else "r"
    if "b" in mode:
        return []
    place = (PATHS if on_path else CALLS)[name]
    said = []
    if "encoding" not in named and len(call.args) <= place:
        said.append(f"{name} without encoding")
    if set(mode) & set("wax+") and "newline" not in named:
        said.append(f"{name} without newline")
    return said


def _mode(node: ast.expr | None, absent: str) -> str:
    """The mode that is given; "" for an argument that is none."""
    if node is None:
        return absent
    texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    modes = [text for text in texts if isinstance(text, str) and set(text) <= set("rwaxbt+")]
    return modes[0] if modes and isinstance(node, (ast.Constant, ast.IfExp)) else ""


def test_every_text_file_of_the_package_names_its_encoding_and_its_line_ends(repository):
    found = [
        f"{path.relative_to(repository)}:{complaint}"
        for path in sorted((repository / "cgr_nb").rglob("*.py"))
        for complaint in complaints(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "open(path)",
        "open(path, 'w', encoding='utf-8')",
        "open(path, mode='a', newline='')",
        "path.open('r')",
        "path.open('x', encoding='utf-8')",
        "path.read_text()",
        "path.write_text(text)",
        "path.write_text(text, 'utf-8')",
        "os.fdopen(number, 'w')",
        "io.TextIOWrapper(raw, 'utf-8')",
        "subprocess.run(command, text=True)",
        "tempfile.NamedTemporaryFile('w')",
    ],
)
def test_what_is_left_to_the_system_is_found(line):
    assert len(complaints(ast.parse(line))) >= 1


@pytest.mark.parametrize(
    "line",
    [
        "open(path, 'rb')",
        "open(path, encoding='utf-8')",
        "open(path, 'w', encoding='utf-8', newline='')",
        "path.open('r+b' if there else 'wb')",
        "path.read_text('utf-8')",
        "path.write_text(text, 'utf-8', newline='\\n')",
        "os.open(path, os.O_RDWR)",
        "os.fdopen(number, 'rb')",
        "Study.open(folder)",
        "subprocess.run(command, encoding='utf-8', text=True)",
        "subprocess.run(command, capture_output=True)",
        "tempfile.TemporaryFile()",
    ],
)
def test_what_names_both_is_left_alone(line):
    assert complaints(ast.parse(line)) == []
