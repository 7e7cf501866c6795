"""A results file: medians, ratios inside a round, and putting pieces together."""

from dataclasses import asdict

import pytest

from benchmarks.merge import merged
from benchmarks.results import Results, Row, Unlike


def piece(results, **rows):
    return Results(
        results.python, results.commit, dict(results.machine), dict(results.peers), rows=rows
    )


def test_a_figure_is_the_median_of_the_rounds(results):
    assert results.rows["sleep"].typical("uvloop") == 110
    assert results.rows["sleep"].typical("zuvloop") is None


def test_a_ratio_compares_within_a_round(results):
    assert results.rows["sleep"].ratios("trueloop", "uvloop") == [0.4, 0.4, 0.5]


def test_a_round_in_which_one_failed_gives_no_ratio():
    row = Row("", figures={"uvloop": [10.0, None, 20.0], "trueloop": [5.0, 5.0, None]})

    assert row.ratios("trueloop", "uvloop") == [0.5]
    assert row.typical("uvloop") == 15


def test_less_cost_is_better_also_where_more_is(results):
    assert results.rows["http"].cost("trueloop", "uvloop") == pytest.approx(1 / 1.5)
    assert results.rows["sleep"].cost("trueloop", "uvloop") == 0.4
    assert results.rows["sleep"].cost("trueloop", "rloop") is None


def test_what_is_saved_is_loaded(results, tmp_path):
    results.left_out["redis"] = "no server"
    results.save(tmp_path / "there" / "results.json")

    assert Results.load(tmp_path / "there" / "results.json") == results


def test_pieces_add_rows_in_the_order_of_the_suite(results):
    late = piece(results, echo_protocol_1k_c1=Row(""))
    early = piece(results, sleep0_1task=Row(""))

    assert list(merged([late, early]).rows) == ["sleep0_1task", "echo_protocol_1k_c1"]


def test_pieces_add_rounds_to_the_same_row(results):
    first = piece(results, row=Row("", figures={"uvloop": [1.0, 2.0], "trueloop": [1.0, 1.0]}))
    second = piece(results, row=Row("", figures={"uvloop": [3.0], "rloop": [4.0]}))

    whole = merged([first, second]).rows["row"]

    assert whole.figures["uvloop"] == [1.0, 2.0, 3.0]
    assert whole.figures["rloop"] == [None, None, 4.0]
    assert whole.rounds == 3
    assert whole.ratios("rloop", "uvloop") == [4 / 3]


@pytest.mark.parametrize("name", ["python", "commit", "machine"])
def test_pieces_from_elsewhere_are_refused(results, name):
    other = Results(**(asdict(piece(results)) | {name: {"cpu": "other"}}))

    with pytest.raises(Unlike, match=name):
        results.add(other)


def test_pieces_against_another_version_are_refused(results):
    other = piece(results)
    other.peers["uvloop"] = "0.24.0"

    with pytest.raises(Unlike, match=r"uvloop 0\.23\.0.*0\.24\.0"):
        results.add(other)
