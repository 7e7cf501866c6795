"""Each sink tells a finding in one piece, and whatever happens to its file does no harm."""

import json
import logging
import os

import pytest

from trueloop.diagnostics import JsonLinesSink, LoggerSink, Place, Related, Severity, TextSink
from trueloop.diagnostics.sinks import as_text, write_whole


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "jobs.py"
    path.write_text("import time\n\n\ndef run():\n    time.sleep(1)\n\n\nrun()\n")
    return str(path)


def test_text_shows_the_line_its_callers_and_what_to_do(source, make_finding):
    where = Place(source, 5, "run")
    finding = make_finding(
        where=where,
        count=10,
        stack=(Place(os.__file__, 1, "sleep"), where, Place(source, 8, "<module>")),
        related=(Related("created", Place(source, 8, "<module>")),),
    )

    assert as_text(finding) == (
        "trueloop: error: blocked-loop: it happened (10 times so far)\n"
        f"  --> {source}:5 in run\n"
        "      5 | time.sleep(1)\n"
        f"      called from {source}:8 in <module>\n"
        f"      created at {source}:8 in <module>\n"
        "  hint: Do not let it happen.\n"
    )


def test_text_without_a_place_is_short(make_finding):
    assert as_text(make_finding(where=None)) == (
        "trueloop: error: blocked-loop: it happened\n  hint: Do not let it happen.\n"
    )


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


def test_closed_descriptor_does_no_harm(make_finding):
    reader, writer = os.pipe()
    os.close(reader)
    JsonLinesSink(writer)(make_finding())  # a broken pipe
    os.close(writer)
    JsonLinesSink(writer)(make_finding())  # no descriptor at all


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
