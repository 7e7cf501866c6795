"""Promises, means and places."""

import pytest

from benchmarks import standing
from benchmarks.results import Row


def test_a_promise_is_judged_as_the_table_rounds_it():
    row = Row("", target=0.5, figures={"uvloop": [1000.0], "trueloop": [504.0]})
    assert standing.keeps(row) is True

    row.figures["trueloop"] = [506.0]
    assert standing.keeps(row) is False


def test_no_promise_or_no_figure_is_no_verdict(results):
    assert standing.keeps(results.rows["queue"]) is None
    assert standing.keeps(Row("", target=0.5)) is None


def test_where_more_is_better_the_promise_is_a_least(results):
    assert standing.keeps(results.rows["http"]) is True

    results.rows["http"].target = 1.6
    assert standing.keeps(results.rows["http"]) is False


def test_missed_names_rows_of_either_kind(results):
    assert standing.missed(results) == ["sleep"]  # accelerated: 0.25 where 0.20 is promised


def test_means_are_geometric(results):
    assert standing.gains(results, ["sleep", "queue"], ["trueloop"]) == {
        "trueloop": pytest.approx((1 / 0.4) ** 0.5)
    }


def test_a_row_that_a_loop_has_not_run_is_not_shared(results):
    del results.rows["queue"].figures["asyncio"]

    assert standing.shared_rows(results, results.rows, ["asyncio"]) == ["sleep", "http_cpu", "http"]


def test_the_better_of_plain_and_accelerated_must_be_first(results):
    (lost,) = standing.defeats(results, results.rows)

    assert (lost.row, lost.rival) == ("queue", "asyncio")
    assert lost.share == pytest.approx(90 / 95)


def test_detectors_are_weighed_on_scheduling_rows_alone(results):
    assert standing.detector_costs(results) == [pytest.approx(40 / 38), 1.0]


def test_a_floor_is_no_rival(results):
    results.peers["floor-c"] = "3.14.0"
    results.rows["queue"].figures["floor-c"] = [1.0]

    assert "floor-c" not in standing.loops(results)
    assert [lost.rival for lost in standing.defeats(results, ["queue"])] == ["asyncio"]
