"""The suite: what there is, how it is chosen, and what a measured process answers."""

import subprocess
import sys

import pytest

from benchmarks import bench, machine, measure, run
from benchmarks.bench import Answer, Bench
from benchmarks.measure import Order
from benchmarks.results import Results
from benchmarks.suite import GROUP_OF, GROUPS, WORKLOADS
from benchmarks.workload import RATE, Meter, Reading, Unavailable, Workload


async def _nothing(meter, operations):
    pass


def test_every_row_has_one_name():
    workloads = [workload for rows in GROUPS.values() for workload in rows]
    names = [name for workload in workloads for name in workload.rows()]

    assert len(names) == len(set(names))
    assert len(workloads) == len(WORKLOADS) == len(GROUP_OF)


def test_a_workload_has_a_row_for_each_reading():
    workload = Workload("w", "", 1, _nothing, 0.5, readings=(Reading("p99", ""),))

    assert list(workload.rows()) == ["w", "w_p99"]
    assert workload.rows()["w"].target == 0.5


def test_chosen_by_group_and_by_part_of_a_name():
    micro = run.chosen(None, ["micro"])

    assert micro == list(GROUPS["micro"])
    assert [row.name for row in run.chosen(["sleep0_1task"])] == ["sleep0_1task"]
    assert [row.name for row in run.chosen(["queue_*"], ["macro"])] == []


def test_the_best_repetition_counts():
    figures = iter([3.0, 1.0, 2.0])

    async def body(meter, operations):
        figure = next(figures)
        meter.note("", figure)
        meter.note("rate", figure)

    row = Workload("w", "", 1, body, readings=(Reading("rate", "", RATE),))
    measured = measure.Order("w", 1, 1)
    assert measure.measure("asyncio", row, measured) == {"w": 3.0, "w_rate": 3.0}

    figures = iter([9.0, 3.0, 1.0, 2.0])  # the first is the warm-up
    measured = measure.Order("w", 1, 3)
    assert measure.measure("asyncio", row, measured) == {"w": 1.0, "w_rate": 3.0}


def test_an_order_is_written_as_it_is_read():
    order = Order("queue_pingpong", 30, 2)

    assert Order.parse(str(order)) == order


def test_a_block_that_fails_is_no_sample():
    meter = Meter(1)
    with pytest.raises(ZeroDivisionError), meter:
        1 / 0  # noqa: B018

    assert meter.samples == {}


class Scripted(Bench):
    """Answers from a script instead of measured processes."""

    def __init__(self, *processes):
        super().__init__("python", 0)
        self._script = iter(processes)

    def _process(self, peer, orders):
        return next(self._script)


def orders(*names):
    return [Order(name, 1, 1) for name in names]


def test_after_a_crash_the_rest_is_measured():
    scripted = Scripted(([Answer("a", {"a": 1.0})], "exit status -11", ""), ([Answer("c")], "", ""))

    assert scripted.measure("asyncio", orders("a", "b", "c")) == [
        Answer("a", {"a": 1.0}),
        Answer("b", failure="exit status -11"),
        Answer("c"),
    ]


def test_a_workload_that_raises_does_not_stop_the_rest():
    scripted = Scripted(
        ([Answer("a", failure="OSError")], "exit status 1", ""), ([Answer("b")], "", "")
    )

    assert scripted.measure("asyncio", orders("a", "b")) == [
        Answer("a", failure="OSError"),
        Answer("b"),
    ]


def test_a_crash_at_the_end_of_the_process_is_no_figure():
    scripted = Scripted(([Answer("a", {"a": 1.0})], "exit status -6", ""))

    assert scripted.measure("asyncio", orders("a")) == [Answer("a", failure="exit status -6")]


@pytest.fixture
def empty():
    return Results("3.14.0", "", {}, {"asyncio": "", "trueloop": ""})


def test_a_loop_that_failed_once_is_not_asked_again(empty):
    workload = WORKLOADS["queue_pingpong"]
    failed, worked = Answer(workload.name, failure="OSError"), Answer("", {"queue_pingpong": 5.0})
    scripted = Scripted(([failed], "exit status 1", ""), ([worked], "", ""), ([worked], "", ""))

    for _ in range(2):
        run.one_round(scripted, empty, [workload], ["trueloop", "asyncio"])

    row = empty.rows["queue_pingpong"]
    assert row.figures == {"trueloop": [None, None], "asyncio": [5.0, 5.0]}
    assert row.failures == {"trueloop": "OSError"}


def test_what_the_machine_lacks_is_left_out_with_the_reason(empty):
    workload = WORKLOADS["queue_pingpong"]
    scripted = Scripted(([Answer(workload.name, unavailable="no server")], "", ""))

    run.one_round(scripted, empty, [workload], ["trueloop", "asyncio"])

    assert empty.left_out == {"queue_pingpong": "no server"}
    assert empty.rows == {}


def test_a_measured_process_says_what_is_lacking(monkeypatch, capsys):
    async def body(meter, operations):
        raise Unavailable("no server")

    monkeypatch.setitem(WORKLOADS, "w", Workload("w", "", 1, body))

    assert measure.command("asyncio", "w:1:1") == 0
    assert capsys.readouterr().out == '{"workload": "w", "unavailable": "no server"}\n'


def test_a_smoke_run_measures_on_a_real_loop():
    smoking = Bench(sys.executable, machine.last_cpu())

    (answer,) = smoking.measure("trueloop", orders("call_soon_chain"))

    assert answer.figures["call_soon_chain"] > 0


def process(source):
    return subprocess.Popen(
        [sys.executable, "-c", source], stdout=subprocess.PIPE, start_new_session=True
    )


def test_a_process_is_listened_to_until_it_ends():
    assert bench.listened(process("print('one'); print('two')")) == (b"one\ntwo\n", "")


def test_a_process_that_falls_silent_is_ended(monkeypatch):
    monkeypatch.setattr(bench, "PATIENCE_S", 0.01)
    silent = process("import time; time.sleep(60)")

    assert bench.listened(silent) == (b"", "no figure within 0.01 s")
    assert silent.returncode == -9


def test_floors_and_the_bare_loop_run_only_what_concerns_them():
    scheduling, echo = WORKLOADS["call_soon_chain"], WORKLOADS["echo_protocol_1k"]

    assert run.concerns(scheduling, "trueloop-bare")
    assert not run.concerns(echo, "trueloop-bare")
    assert run.concerns(echo, "floor-c")
    assert not run.concerns(scheduling, "floor-c")
    assert run.concerns(echo, "uvloop")
