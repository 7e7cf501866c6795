"""People are told so many findings a second, and how many more there were."""

import logging
import os

import pytest

from trueloop.diagnostics import LoggerSink, TextSink
from trueloop.diagnostics.pace import Pace


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pace(clock):
    return Pace(burst=5, per_s=2, clock=clock)


def test_burst_is_admitted_and_then_so_many_a_second(pace, clock):
    assert [pace.admits() for _ in range(8)] == [True] * 5 + [False] * 3
    clock.now += 1
    assert [pace.admits() for _ in range(3)] == [True, True, False]
    clock.now += 1000
    assert [pace.admits() for _ in range(6)] == [True] * 5 + [False]


def test_held_back_are_counted_once(pace):
    for _ in range(8):
        pace.admits()

    assert pace.take_held_back().startswith("3 more findings were held back, because ")
    assert pace.take_held_back() is None
    pace.admits()
    assert pace.take_held_back().startswith("1 more finding was held back, ")


def test_text_says_what_was_held_back_before_the_next_finding(pace, clock, make_finding):
    reader, writer = os.pipe()
    sink = TextSink(writer, pace=pace)
    for line in range(1, 1001):
        sink(make_finding(line=line))
    clock.now += 1
    sink(make_finding(line=2000))
    sink(make_finding(line=2001))
    sink(make_finding(line=2002))
    sink.flush()
    sink.flush()
    os.close(writer)
    with open(reader) as file:
        said = file.read()

    told = [line for line in said.splitlines() if line.startswith("trueloop: ")]
    assert len(told) == 5 + 1 + 2 + 1
    assert told[5].startswith("trueloop: 995 more findings were held back")
    assert told[8].startswith("trueloop: 1 more finding was held back")


def test_log_says_what_was_held_back_before_the_next_finding(pace, clock, make_finding, caplog):
    sink = LoggerSink(pace=pace)
    with caplog.at_level(logging.DEBUG, "trueloop"):
        for line in range(1, 101):
            sink(make_finding(line=line))
        clock.now += 1
        sink(make_finding(line=200))

    assert len(caplog.records) == 7
    assert caplog.records[5].getMessage().startswith("95 more findings were held back")


def test_findings_that_the_log_does_not_want_use_up_nothing(pace, make_finding, caplog):
    sink = LoggerSink(pace=pace)
    with caplog.at_level(logging.CRITICAL, "trueloop"):
        for line in range(100):
            sink(make_finding(line=line))

    assert caplog.records == []
    assert pace.take_held_back() is None
