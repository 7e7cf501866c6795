"""The ledger counts, tells each finding at 1, 10, 100, ... and never fails."""

import logging
import os
import threading

import pytest

from trueloop.diagnostics import Severity
from trueloop.diagnostics.ledger import Ledger, is_power_of_ten
from trueloop.diagnostics.silencing import Rule, Silencing


@pytest.fixture
def silencing():
    return Silencing(None)


@pytest.fixture
def ledger(silencing):
    return Ledger(silencing)


def test_repetitions_are_told_at_powers_of_ten(ledger, make_finding):
    told = []
    ledger.add_sink(told.append)

    for _ in range(1234):
        ledger.record(make_finding())

    assert [finding.count for finding in told] == [1, 10, 100, 1000]
    assert [finding.count for finding in ledger.findings()] == [1234]


def test_other_kinds_and_lines_are_counted_apart(ledger, make_finding):
    for line in (1, 2, 1):
        ledger.record(make_finding(line=line))
    ledger.record(make_finding("lost-exception", line=1))

    assert [finding.count for finding in ledger.findings()] == [2, 1, 1]


def test_what_was_written_already_is_only_counted(ledger, make_finding):
    told = []
    ledger.add_sink(told.append)

    ledger.record(make_finding(), written=True)
    ledger.record(make_finding())

    assert told == []
    assert [finding.count for finding in ledger.findings()] == [2]


def test_silenced_findings_are_counted_in_the_summary(ledger, silencing, make_finding):
    told = []
    ledger.add_sink(told.append)
    silencing.add(Rule("blocked-loop"))

    for line in (1, 1, 2):
        ledger.record(make_finding(line=line))

    assert told == ledger.findings() == []
    assert ledger.summary() == "no findings; 2 more silenced"


def test_summary_names_the_kinds(ledger, make_finding):
    assert ledger.summary() == "no findings"
    ledger.record(make_finding(line=1))
    assert ledger.summary() == "1 finding: 1 blocked-loop"
    ledger.record(make_finding(line=2))
    ledger.record(make_finding("lost-exception"))
    assert ledger.summary() == "3 findings: 2 blocked-loop, 1 lost-exception"


def test_level_is_reached_by_what_is_as_bad(ledger, make_finding):
    assert not ledger.reaches(Severity.WARNING)
    ledger.record(make_finding(severity=Severity.WARNING))
    assert ledger.reaches(Severity.WARNING)
    assert not ledger.reaches(Severity.ERROR)


def test_failing_sink_is_logged_and_hinders_no_other(ledger, make_finding, caplog):
    told = []

    def failing(finding):
        raise OSError("disk full")

    ledger.add_sink(failing)
    ledger.add_sink(told.append)
    with caplog.at_level(logging.ERROR, "trueloop"):
        ledger.record(make_finding())

    assert len(told) == 1
    assert "the sink" in caplog.text
    assert "disk full" in caplog.text


def test_removed_sink_is_not_told(ledger, make_finding):
    told = []
    ledger.add_sink(told.append)
    ledger.remove_sink(told.append)

    ledger.record(make_finding())

    assert told == []
    with pytest.raises(ValueError, match=r"^<built-in method append of .*> is not a sink$"):
        ledger.remove_sink(told.append)


def test_finding_recorded_by_a_sink_waits_in_line(ledger, make_finding):
    told = []

    def nested(finding):
        told.append(finding.where.line)
        if finding.where.line < 3:
            ledger.record(make_finding(line=finding.where.line + 1))
            told.append("recorded")

    ledger.add_sink(nested)
    ledger.record(make_finding(line=1))

    assert told == [1, "recorded", 2, "recorded", 3]


def test_threads_lose_no_count(ledger, make_finding):
    def record():
        for _ in range(500):
            ledger.record(make_finding())

    threads = [threading.Thread(target=record) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [finding.count for finding in ledger.findings()] == [4000]


def test_number_of_places_is_bounded(ledger, make_finding):
    for line in range(10_003):
        ledger.record(make_finding(line=line))

    assert len(ledger.findings()) == 10_000
    assert ledger.summary().endswith("; 3 not told apart any more")


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_forked_child_does_not_inherit_a_held_lock(ledger, make_finding):
    with ledger._lock:
        child = os.fork()
        if child == 0:
            ledger.record(make_finding())
            os._exit(len(ledger.findings()))

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


@pytest.mark.parametrize(
    ("count", "told"), [(1, True), (2, False), (10, True), (20, False), (100, True), (101, False)]
)
def test_powers_of_ten_are_known(count, told):
    assert is_power_of_ten(count) is told
