"""Findings have colours where the interpreter's own tracebacks would have them."""

import os
import pty

import pytest

from trueloop.diagnostics.terminal import Pen, shows_colours


@pytest.fixture
def terminal():
    master, slave = pty.openpty()
    yield slave
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize(
    ("environment", "on_terminal", "on_pipe"),
    [
        ({}, True, False),
        ({"TERM": "xterm"}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        ({"FORCE_COLOR": ""}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"PYTHON_COLORS": "1", "NO_COLOR": "1"}, True, True),
        ({"PYTHON_COLORS": "0", "FORCE_COLOR": "1"}, False, False),
        ({"PYTHON_COLORS": "yes"}, True, False),
    ],
)
def test_environment_decides_as_for_the_interpreter(environment, on_terminal, on_pipe, terminal):
    reader, writer = os.pipe()
    assert shows_colours(terminal, environment) is on_terminal
    assert shows_colours(writer, environment) is on_pipe
    os.close(reader)
    os.close(writer)


def test_closed_descriptor_shows_no_colours():
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)

    assert not shows_colours(writer, {})


def test_plain_pen_changes_nothing():
    assert Pen(coloured=False)("error", "text") == "text"
    assert Pen(coloured=True)("error", "text") == "\x1b[1;31mtext\x1b[0m"
    assert Pen(coloured=True)("error", "") == ""
