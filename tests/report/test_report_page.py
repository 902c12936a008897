"""The report as a file: what it says, that it escapes, that it needs nothing from outside."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
from synthetic_rows import frame, row, study_rows
from synthetic_study import calls_of, cards, executions_of, programs_of

from cgr_nb.analysis.stats import summarise
from cgr_nb.errors import CgrError
from cgr_nb.records import Verdict
from cgr_nb.report import StudyTables, render_report, write_report
from cgr_nb.report.headline import TINY_MODELS
from cgr_nb.report.signs import with_escapes

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> ]]> --> \u2028 {{ 7 * 7 }} \x00"
)


def tables_of(rows, /, **changes):
    made = StudyTables(
        title="A small study",
        rows=rows,
        calls=calls_of(rows),
        executions=executions_of(rows),
        programs=programs_of(rows),
        models=cards(),
        tiny_models=True,
        provenance={"code": "cgr-nb 0.1.0", "prompts": {"direct@1": "ab12"}, "items": ["a: 40"]},
    )
    return replace(made, **changes)


class Reader(HTMLParser):
    """Collects what a browser would act on: elements, attributes and visible text."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.text = []
        self.feed(page)
        self.text = re.sub(r"\s+", " ", " ".join(self.text))

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.elements and self.elements[-1][0] not in ("style", "script"):
            self.text.append(data)

    def tags(self):
        return {tag for tag, _ in self.elements}


@pytest.fixture(scope="module")
def tables():
    return tables_of(study_rows(per_pair=20))


@pytest.fixture(scope="module")
def page(tables):
    return render_report(tables, resamples=200)


@pytest.fixture(scope="module")
def read(page):
    return Reader(page)


def test_the_first_line_says_that_tiny_models_mean_nothing(read):
    body = read.text.split("A small study", 1)[1].strip()  # after the <title>
    assert body.startswith(TINY_MODELS)


def test_a_study_of_real_models_carries_no_such_line(tables):
    assert TINY_MODELS not in render_report(replace(tables, tiny_models=False), resamples=10)


def test_a_report_of_an_unfinished_study_says_so_before_any_number(tables):
    page = render_report(replace(tables, expected=len(tables.rows) + 7), resamples=10)
    done = f"Unfinished: {len(tables.rows)} of {len(tables.rows) + 7} rows done"
    assert done in (text := Reader(page).text)
    assert text.index(done) < text.index("Effect:")
    assert "Unfinished" not in Reader(render_report(tables, resamples=10)).text


def test_the_headline_numbers_are_those_of_the_summary(tables, read):
    summary = summarise(tables.rows, resamples=200)
    before, after = 100 * summary.macro.A_b, 100 * summary.macro.A_a
    text = read.text.replace("\u00a0", " ")
    assert f"from {before:.1f} % direct to {after:.1f} % assisted accuracy" in text
    assert f"over the {summary.main.n_pairs} of 18 pairs" in text
    assert f"{summary.retained:,} of {summary.rows:,} rows are retained" in read.text


def test_every_pair_stands_in_the_table(read):
    for dataset in ("aime", "time_mqa"):
        for solver in ("tiny-1", "tiny-2"):
            assert f"{dataset} · {solver}" in read.text


def test_models_come_with_licence_and_hash(read):
    assert "Apache-2.0" in read.text
    assert "ab" * 32 in read.text
    assert "no weight file" in read.text


def test_provenance_is_shown_line_by_line(read):
    assert "direct@1: ab12" in read.text
    assert "200 resamples, seed 0" in read.text


def test_the_page_needs_nothing_from_outside_and_runs_nothing(page, read):
    assert not read.tags() & {"script", "link", "iframe", "img", "object", "embed"}
    assert "default-src 'none'" in page
    addresses = [
        value
        for _, attributes in read.elements
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href") and value and not value.startswith("#")
    ]
    assert addresses == []
    assert "url(" not in page
    assert "@import" not in page
    assert "cdn" not in page.lower()


def test_the_page_is_small(page):
    assert len(page.encode()) < 200_000


def test_charts_are_drawn_for_wide_and_for_narrow_screens(read):
    assert sum(tag == "svg" for tag, _ in read.elements) == 8


def test_a_screen_reader_finds_language_headings_captions_and_scopes(read):
    assert ("html", {"lang": "en"}) in read.elements
    tags = [tag for tag, _ in read.elements]
    assert tags.count("h1") == 1
    assert tags.count("table") == tags.count("caption") > 5
    headers = [attributes for tag, attributes in read.elements if tag == "th"]
    assert all("scope" in attributes for attributes in headers)


def test_hostile_text_is_shown_and_never_becomes_markup(page):
    rows = study_rows(per_pair=6)
    rows["dataset"] = rows["dataset"].replace({"medqa": HOSTILE})
    rows["solver"] = rows["solver"].replace({"tiny-1": HOSTILE + " solver"})
    rows["assisted_detail"] = HOSTILE
    rows["error"] = rows["error"].where(rows["error"].isna(), HOSTILE)
    programs = programs_of(rows)
    programs["source"] = f"# {HOSTILE}\n" + programs["source"]
    card = replace(cards()[0], name=HOSTILE, licence=HOSTILE, source=HOSTILE)
    hostile = tables_of(
        rows,
        title=HOSTILE,
        programs=programs,
        models=[card],
        provenance={HOSTILE: {HOSTILE: HOSTILE}},
        verdicts=pd.DataFrame([[programs["program_id"][0], HOSTILE, HOSTILE, "", "2026"]]).set_axis(
            ["program_id", "rater", "label", "note", "created"], axis="columns"
        ),
    )

    made = render_report(hostile, resamples=10)

    read = Reader(made)
    assert read.tags() <= Reader(page).tags()
    assert not any(name.startswith("on") for _, found in read.elements for name in found)
    assert "<script>alert(1)</script>" in read.text
    assert "{{ 7 * 7 }}" in read.text


UNSEEN = (
    "\u202e\u202d\u202a\u202b\u202c\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\u00ad"
    "\u180e\u3164\u2028\u2029\x08\x1b\x7f\x9b\U000e0041"
)


def test_a_sign_that_is_not_seen_is_shown_as_an_escape_wherever_it_stands():
    rows = study_rows(per_pair=4)
    text = "".join(f"a{sign}b" for sign in UNSEEN)
    rows["dataset"] = rows["dataset"].replace({"medqa": f"dataset {text}"})
    rows["solver"] = rows["solver"].replace({"tiny-1": f"solver {text}"})
    rows["assisted_detail"] = f"detail {text}"
    programs = programs_of(rows)
    programs["source"] = f"# program {text}\n" + programs["source"]
    card = replace(cards()[0], name=f"card {text}")
    tables = tables_of(rows, title=f"title {text}", programs=programs, models=[card])
    page = render_report(tables, resamples=10)
    assert not set(UNSEEN) & set(page)
    told = "".join(f"a{sign.encode('unicode_escape').decode()}b" for sign in UNSEEN)
    for place in ("title", "program", "dataset", "solver", "card"):
        assert f"{place} {told}" in page, place


def test_text_of_other_scripts_and_emoji_stays_as_it_is():
    for text in ("می\u200cخواهم", "👩\u200d🔬", "❤\ufe0f", "שלום", "क\u094d\u200dष", "a\tb\n"):
        assert with_escapes(text) == text


@pytest.mark.parametrize("text", ["a\u200cb", "x\u200d", "\u200dx", "a\ufe0f", "\u200c"])
def test_a_joiner_that_joins_nothing_is_shown(text):
    assert with_escapes(text).isascii()


def test_text_that_no_encoding_can_hold_is_still_written(tables, tmp_path):
    path = write_report(replace(tables, title="lone \ud800 surrogate"), tmp_path / "r.html")
    assert "surrogate" in path.read_text("utf-8")


def test_a_long_program_is_cut_visibly():
    rows = frame(row(0, direct_letter="B"))
    programs = pd.DataFrame({"program_id": ["program-000000"], "source": ["x = 1\n" * 5_000]})
    read = Reader(render_report(tables_of(rows, programs=programs), resamples=10))
    assert "18,000 more characters omitted" in read.text


def test_behaviour_and_verdicts_are_shown_when_there_are_any(tables):
    ids = sorted(tables.programs["program_id"])[:4]
    judged = [
        Verdict(ids[0], "ann", "clean", "", "2026-01-01T00:00:00Z"),
        Verdict(ids[0], "ann", "hard_coded", "", "2026-01-02T00:00:00Z"),
    ]
    read = Reader(
        render_report(
            replace(
                tables,
                dependence=pd.DataFrame(
                    {"program_id": ids, "verdict": ["independent", "dependent", "dependent", None]}
                ),
                verdicts=pd.DataFrame(judged),
            ),
            resamples=10,
        )
    )
    assert "(3 tested, 1 judged by raters)" in read.text
    assert "ann verdict hard-coded 1 1" in read.text
    assert "ann verdict clean" not in read.text


def test_a_verdict_that_was_taken_back_gives_way_to_the_one_before_or_to_none(tables):
    first, second = sorted(tables.programs["program_id"])[:2]
    given = [
        (first, "clean"),
        (second, "clean"),
        (first, "hard_coded"),
        (first, "withdrawn"),
        (second, "withdrawn"),
    ]
    judged = [
        Verdict(program, "ann", label, "", f"2026-01-0{number}T00:00:00Z")
        for number, (program, label) in enumerate(given, 1)
    ]
    read = Reader(render_report(replace(tables, verdicts=pd.DataFrame(judged)), resamples=10))
    assert "ann verdict clean 1 1" in read.text
    assert "withdrawn" not in read.text
    assert "ann verdict hard-coded" not in read.text


def test_an_adjudication_is_listed_under_the_name_of_who_gave_it(tables):
    program = min(tables.programs["program_id"])
    given = [("ann", "clean"), ("bea", "hard_coded"), ("cleo", "adjudicated:hard_coded")]
    judged = [
        Verdict(program, rater, label, "", f"2026-01-0{number}T00:00:00Z")
        for number, (rater, label) in enumerate(given, 1)
    ]
    read = Reader(render_report(replace(tables, verdicts=pd.DataFrame(judged)), resamples=10))
    for line in ("ann verdict clean 1 1", "bea verdict hard-coded 1 1"):
        assert line in read.text
    assert "cleo adjudication hard-coded 1 1" in read.text
    assert "adjudicated:" not in read.text


def test_the_file_is_written_whole_into_a_folder_that_is_made(tables, tmp_path):
    path = write_report(tables, tmp_path / "new" / "report.html", resamples=10)
    assert path.read_text("utf-8").rstrip().endswith("</html>")
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_the_same_tables_give_the_same_page(tables):
    assert render_report(tables, resamples=10) == render_report(tables, resamples=10)


def test_a_study_without_rows_says_so():
    rows = study_rows(per_pair=2)
    nothing = tables_of(rows, rows=frame(), calls=calls_of(rows).iloc[:0], models=[])
    read = Reader(render_report(nothing))
    assert "Nothing to compare: none of 0 rows is retained." in read.text


def test_a_study_at_zero_baseline_has_no_headline_and_says_why():
    read = Reader(render_report(tables_of(frame(row(0, direct_letter="B")))))
    assert "No pair has a correct direct answer, so there is no headline" in read.text


def test_rows_that_are_no_rows_are_refused(tables):
    with pytest.raises(CgrError, match="columns are missing"):
        render_report(replace(tables, rows=pd.DataFrame({"id": []})))
