"""Tables and charts of the study's notebooks, on the pages that nbconvert makes of them."""

from __future__ import annotations

import ast
import base64
from pathlib import Path

import altair
import pandas as pd
import pytest

WIDTHS = (700, 1280, 1920)
READ = "4-results"
CUT = """() => {
  const found = [], wide = document.documentElement.clientWidth;
  for (const node of document.querySelectorAll('.jp-OutputArea-output :is(table, img)')) {
    let right = node.getBoundingClientRect().right, hidden = false;
    for (let box = node.parentElement; box && box !== document.body; box = box.parentElement) {
      const flow = getComputedStyle(box).overflowX, edge = box.getBoundingClientRect().right;
      if (flow === 'auto' || flow === 'scroll') right = Math.min(right, edge);
      if ((flow === 'hidden' || flow === 'clip') && right > edge + 1) hidden = true;
    }
    if (hidden || right > wide + 1) found.push([node.tagName, right, wide]);
  }
  return found;
}"""
CONTRAST = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let box = node; box; box = box.parentElement) {
      const colour = getComputedStyle(box).backgroundColor;
      if ((numbers(colour)[3] ?? 1) > 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('.jp-OutputArea-output :is(td, th)')].map((cell) => {
    const pair = [light(getComputedStyle(cell).color), light(ground(cell))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  });
}"""
CORNERS = """() => [...document.querySelectorAll('.jp-OutputArea-output img')].map((image) => {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  return [...pen.getImageData(0, 0, 1, 1).data];
})"""


def shown(value) -> dict[str, str]:
    """A value as a notebook keeps it."""
    if isinstance(value, altair.TopLevelMixin):
        data, _ = value._repr_mimebundle_()
        return {"image/png": base64.b64encode(data["image/png"]).decode()}
    return {"text/html": value._repr_html_()} if isinstance(value, pd.DataFrame) else {}


def execute(path: Path, **given):
    """Run the cells of a notebook here, which is quicker than a kernel, and keep what each shows;
    no output of a cell counts beside tables and charts."""
    import nbformat
    from nbformat.v4 import new_output

    book = nbformat.read(path, as_version=4)
    names = {}
    with pd.option_context("display.max_columns", 20, "display.max_colwidth", 50):
        for cell in (cell for cell in book.cells if cell.cell_type == "code"):
            body = ast.parse(cell.source).body
            last = body.pop() if isinstance(body[-1], ast.Expr) else None
            exec(compile(ast.Module(body, []), path.name, "exec"), names)
            if "parameters" in cell.metadata.get("tags", ()):
                names.update(given)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), path.name, "eval"), names)
                if data := shown(value):
                    cell.outputs = [new_output("execute_result", data, execution_count=1)]
    names["study"].close()
    return book


@pytest.fixture(scope="module")
def executed(study_folder, repository):
    renderer = altair.renderers.active
    book = execute(
        repository / "notebooks" / f"{READ}.ipynb",
        folder=str(study_folder),
        resamples=100,
    )
    altair.renderers.enable(renderer)
    return book


def test_no_table_of_the_results_is_cut(executed):
    tables = [
        output["data"]["text/html"]
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if "text/html" in output["data"]
    ]
    assert len(tables) >= 4
    # Columns that are left out, and texts that are cut, end in dots.
    assert not [table for table in tables if "...</th>" in table or "...</td>" in table]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tables_and_charts_can_be_read_on_an_exported_page(executed, theme, browser, tmp_path):
    nbconvert = pytest.importorskip("nbconvert")
    body, _ = nbconvert.HTMLExporter(theme=theme).from_notebook_node(executed)
    path = tmp_path / f"{theme}.html"
    path.write_text(body, "utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri(), wait_until="domcontentloaded")
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(CUT) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    ratios = page.evaluate(CONTRAST)
    assert len(ratios) > 40
    assert min(ratios) >= 4.5
    # A chart is black on white wherever it is shown.
    corners = page.evaluate(CORNERS)
    assert corners == [[255, 255, 255, 255]] * len(corners)
    assert corners
    context.close()
