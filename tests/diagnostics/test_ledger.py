"""The ledger counts, tells each finding at 1, 10, 100, ... and never fails."""

import dataclasses
import gc
import logging
import os
import threading

import pytest

from trueloop import diagnostics
from trueloop.diagnostics import KINDS, Place, Severity
from trueloop.diagnostics.ledger import Ledger, Tally, counted
from trueloop.diagnostics.silencing import Rule, Silencing

WHERE = Place("/srv/app/jobs.py", 7, "Jobs.run")


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


def test_count_that_jumps_over_a_power_of_ten_is_told(ledger, make_finding):
    told = []
    ledger.add_sink(told.append)

    for count in (1, 7, 7, 7, 500, 1):
        ledger.record(make_finding(count=count))

    assert [finding.count for finding in told] == [1, 15, 522]


def test_told_evidence_is_that_of_the_occurrence_which_is_told(ledger, make_finding):
    told = []
    ledger.add_sink(told.append)

    for number in range(1, 16):
        ledger.record(make_finding(message=f"number {number}"))

    assert [finding.message for finding in told] == ["number 1", "number 10"]
    assert [(f.message, f.count) for f in ledger.findings()] == [("number 10", 15)]


def test_repetition_is_counted_without_a_finding_until_it_is_to_be_told(ledger, make_finding):
    told = []
    ledger.add_sink(told.append)

    built = 0
    for _ in range(1000):
        if not ledger.repeat("blocked-loop", WHERE):
            built += 1
            ledger.record(make_finding())

    assert built == 4
    assert [finding.count for finding in told] == [1, 10, 100, 1000]
    assert ledger.counters()["blocked-loop"] == 1000
    assert not ledger.repeat("lost-exception", WHERE)
    assert not ledger.repeat("blocked-loop", WHERE._replace(line=8))


def test_detectors_may_ask_for_a_repetition_by_the_function_they_record_with(ledger, make_finding):
    assert not counted(ledger.record, "blocked-loop", WHERE)
    ledger.record(make_finding())

    assert counted(ledger.record, "blocked-loop", WHERE)
    assert not counted(ledger.record, "blocked-loop", None)
    assert not counted([].append, "blocked-loop", WHERE)
    assert [finding.count for finding in ledger.findings()] == [2]


def test_silenced_repetitions_are_only_counted(ledger, silencing, make_finding):
    silencing.add(Rule("blocked-loop"))
    ledger.record(make_finding())

    assert all(ledger.repeat("blocked-loop", WHERE) for _ in range(1000))
    assert ledger.counters(silenced=True)["blocked-loop"] == 1001
    assert ledger.counters()["blocked-loop"] == 0


def test_counters_have_every_kind(ledger, make_finding):
    assert ledger.counters() == ledger.counters(silenced=True) == dict.fromkeys(KINDS, 0)
    for line in (1, 1, 1, 2):
        ledger.record(make_finding("wrong-thread", line=line))

    assert ledger.counters() == dict.fromkeys(KINDS, 0) | {"wrong-thread": 4}


def test_counters_of_the_process_are_public(collected, make_finding):
    diagnostics.ledger.record(make_finding("deadlock"))

    assert diagnostics.counters()["deadlock"] == 1
    assert diagnostics.counters(silenced=True)["deadlock"] == 0


def test_place_that_is_silenced_later_is_not_told_again(ledger, silencing, make_finding):
    told = []
    ledger.add_sink(told.append)

    for _ in range(5):
        ledger.record(make_finding())
    silencing.add(Rule("blocked-loop"))
    for _ in range(200):
        ledger.record(make_finding())

    assert [finding.count for finding in told] == [1]
    assert ledger.counters()["blocked-loop"] + ledger.counters(silenced=True)["blocked-loop"] == 205


def test_tallies_say_how_much_of_each_kind(ledger, make_finding):
    warning = Severity.WARNING
    for line in (1, 2, 2, 2):
        ledger.record(make_finding("abandoned-task", line=line, severity=warning))
    for severity in (warning, Severity.ERROR):
        ledger.record(make_finding("deadlock", line=severity == warning, severity=severity))
    ledger.record(make_finding())

    assert ledger.tallies() == [
        Tally("abandoned-task", warning, 2, 4),
        Tally("deadlock", Severity.ERROR, 2, 2),
        Tally("blocked-loop", Severity.ERROR, 1, 1),
    ]


def test_full_ledger_counts_by_kind_and_reads_no_source(ledger, silencing, make_finding):
    for line in range(10_000):
        ledger.record(make_finding(line=line))
    silencing.covers = None  # calling it would raise

    for line in range(10_000, 10_005):
        ledger.record(make_finding(line=line))
        assert ledger.repeat("blocked-loop", WHERE._replace(line=line))

    assert ledger.counters()["blocked-loop"] == 10_010


def test_finaliser_may_record_whatever_goes_on(ledger, make_finding):
    """Of each garbage object's finding none is lost, wherever the collector runs."""

    class Cycle:
        def __init__(self):
            self.itself = self

        def __del__(self):
            ledger.record(inner)

    inner = make_finding("lost-exception")
    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for line in range(500):
            Cycle()
            ledger.record(make_finding(line=line % 50))
    finally:
        gc.set_threshold(*threshold)
    gc.collect()

    assert ledger.counters()["lost-exception"] == ledger.counters()["blocked-loop"] == 500


def test_findings_of_one_key_are_told_apart_by_nothing_else(ledger, make_finding):
    ledger.record(make_finding(task="Task-1"))
    ledger.record(dataclasses.replace(make_finding(), where=WHERE._replace(function="other")))

    assert [finding.count for finding in ledger.findings()] == [2]
