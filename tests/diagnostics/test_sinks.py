"""Each sink tells a finding in one piece, and whatever happens to its file does no harm."""

import json
import logging
import os

import pytest

from trueloop.diagnostics import JsonLinesSink, LoggerSink, Severity, TextSink
from trueloop.diagnostics.sinks import as_extra, write_whole
from trueloop.diagnostics.text import as_text


def test_descriptor_sinks_write_once(make_finding):
    reader, writer = os.pipe()
    finding = make_finding(message="zwölf \udcff")

    TextSink(writer)(finding)
    text = os.read(reader, 10_000)
    JsonLinesSink(writer)(finding)
    line = os.read(reader, 10_000)
    os.close(reader)
    os.close(writer)

    assert text.decode() == as_text(finding).replace("\udcff", "\\udcff")
    assert line.endswith(b"\n")
    assert json.loads(line) == finding.as_dict()


def test_repetition_is_written_in_brief(make_finding):
    reader, writer = os.pipe()

    TextSink(writer)(make_finding(count=100))

    assert os.read(reader, 10_000).decode() == (
        "trueloop: error[blocked-loop]: it happened (seen 100 times)\n"
        "  --> /srv/app/jobs.py:7 in Jobs.run\n"
    )
    os.close(reader)
    os.close(writer)


def test_closed_descriptor_does_no_harm(make_finding):
    reader, writer = os.pipe()
    os.close(reader)
    JsonLinesSink(writer)(make_finding())  # a broken pipe
    os.close(writer)
    JsonLinesSink(writer)(make_finding())  # no descriptor at all


def test_json_does_not_go_into_a_file_that_got_the_number(make_finding, tmp_path):
    report, other = tmp_path / "found.jsonl", tmp_path / "other"
    fd = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sinks = [JsonLinesSink(fd), JsonLinesSink(fd, str(report))]
    with other.open("wb") as file:
        os.dup2(file.fileno(), fd)

    for sink in sinks:
        sink(make_finding())
        sink(make_finding())

    assert other.read_bytes() == b""
    assert len(report.read_text().splitlines()) == 2
    os.close(fd)
    os.close(sinks[1]._fd)


def test_full_pipe_does_no_harm():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    write_whole(writer, b"x" * 10_000_000)

    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize(
    ("severity", "level"), [(Severity.ERROR, logging.ERROR), (Severity.WARNING, logging.WARNING)]
)
def test_logger_gets_the_finding_as_a_record(severity, level, make_finding, caplog):
    finding = make_finding(severity=severity, count=10)

    with caplog.at_level(logging.DEBUG, "trueloop"):
        LoggerSink()(finding)

    (record,) = caplog.records
    assert (record.name, record.levelno) == ("trueloop", level)
    assert record.getMessage() == (
        "blocked-loop: it happened (10 times) [/srv/app/jobs.py:7 in Jobs.run]. "
        "Do not let it happen."
    )
    assert record.finding == finding.as_dict()
    assert (record.pathname, record.lineno, record.funcName) == ("/srv/app/jobs.py", 7, "Jobs.run")
    assert (record.trueloop_kind, record.trueloop_file, record.trueloop_line) == (
        "blocked-loop",
        "/srv/app/jobs.py",
        7,
    )


def test_extra_is_flat_and_has_the_details(make_finding):
    extra = as_extra(make_finding(task="Task-1", details={"duration_s": 0.5, "line": 99}))
    finding = extra.pop("finding")

    assert extra == {
        "trueloop_kind": "blocked-loop",
        "trueloop_severity": "error",
        "trueloop_message": "it happened",
        "trueloop_hint": "Do not let it happen.",
        "trueloop_count": 1,
        "trueloop_task": "Task-1",
        "trueloop_file": "/srv/app/jobs.py",
        "trueloop_line": 7,
        "trueloop_function": "Jobs.run",
        "trueloop_duration_s": 0.5,
    }
    assert finding["details"] == {"duration_s": 0.5, "line": 99}


def test_record_without_a_place_is_logged_too(make_finding, caplog):
    with caplog.at_level(logging.DEBUG, "trueloop"):
        LoggerSink()(make_finding(where=None))

    (record,) = caplog.records
    assert record.getMessage() == "blocked-loop: it happened. Do not let it happen."
    assert record.trueloop_file is record.trueloop_line is None
