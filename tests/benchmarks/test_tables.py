"""What is written into pages."""

import pytest

from benchmarks import report, tables
from benchmarks.page import markdown, put_between


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (None, "-"),
        (0.123, "0.12"),
        (9.96, "10.0"),
        (84.25, "84.2"),
        (99.6, "100"),
        (12345.6, "12 346"),
    ],
)
def test_a_figure_has_three_digits_or_its_whole_part(figure, text):
    assert tables.amount(figure) == text


def test_a_ratio_has_its_range():
    assert tables.ratio([0.3, 0.31, 0.4]) == "0.31 (0.30 to 0.40)"
    assert tables.ratio([0.3]) == "0.30"


def test_a_row_says_whether_promises_are_kept(results):
    _, _, sleep = tables.table(results, ["sleep"]).splitlines()

    assert [cell.strip() for cell in sleep.strip("|").split("|")] == [
        "sleep",
        "ns",
        "330",
        "110",
        "55.0",
        "33.0",
        "0.40 (0.40 to 0.50)",
        "≤ 0.50 ok",
        "0.25 (0.20 to 0.30)",
        "≤ 0.20 MISS",
        "+5.3 %",
    ]


def test_a_failure_stands_in_the_place_of_the_figure(results):
    results.rows["sleep"].failures["asyncio"] = "OSError"

    assert " OSError |" in tables.table(results, ["sleep"])


def test_all_groups_have_their_section(results):
    results.left_out["redis_get"] = "the program redis-server is not installed"
    text = tables.complete(results, {})

    assert text.index("### Scheduling") < text.index("### Programs") < text.index("Left out: redis")
    assert "is first in 1 of 2 rows. Not in queue: asyncio needs 0.95 of it." in text
    assert "2 of 3 promised ratios are kept. Missed: sleep." in text
    assert "Medians of 1 to 3 interleaved rounds" in text


def test_the_short_form_has_rows_with_a_promise(results):
    text = tables.promised(results)

    assert "sleep" in text
    assert "http" in text
    assert "queue" not in text


def test_a_front_page_has_the_sentences_and_the_charts_it_is_given(results):
    text = tables.short(results, {"gains.svg": "charts/gains.svg"})

    assert text.startswith("![How many times as fast as uvloop each loop is](charts/gains.svg)")
    assert "highlights" not in text
    assert "is first in 3 of 4 rows." in text
    assert "Not in" not in text


def test_a_loop_that_runs_few_rows_does_not_shorten_the_comparison(results):
    results.peers["rloop"] = "0.5.0"
    results.rows["sleep"].figures["rloop"] = [100.0, 110.0, 400.0]

    text = tables.gains(results, list(results.rows))

    assert text.startswith("Times as fast as uvloop over 3 rows (geometric mean): asyncio ")
    assert text.endswith(" rloop ran 1.")


def test_columns_line_up():
    assert markdown(["a", "b"], [["long name", "1"]]) == (
        "| a         |   b |\n| --------- | --: |\n| long name |   1 |"
    )


def test_a_page_keeps_what_is_outside_the_markers(tmp_path, results):
    page, file = tmp_path / "page.md", tmp_path / "results.json"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    results.save(file)

    assert report.command([str(file), "--form", "promised", "--into", str(page)]) == 0

    text = page.read_text()
    assert text.startswith(f"before\n{report.BEGIN}\n| row")
    assert text.endswith(f"\n{report.END}\nafter\n")
    assert "old" not in text


def test_a_page_without_markers_is_left_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing")

    with pytest.raises(ValueError, match=r"page\.md has no line begin"):
        put_between("begin", "end", page, "text")
    assert page.read_text() == "nothing"
