"""A pytest plugin: writes down how each test ended, and what trueloop found in the meantime.

Stands alone, because a suite's own `tests` package hides ours. Lines of the file that SUITE_NOTES
names: {"test", "outcome"} and {"test", "finding"}; RENAMED_MODULES is {"name": "module"}.
"""

import contextlib
import gc
import importlib
import json
import os
import sys

import pytest

OUTCOMES = ("failed", "skipped", "passed")


class Notes:
    """The file, and the test that runs."""

    def __init__(self, path):
        # A bare descriptor: nothing warns of it at the end, and a forked child may write as well.
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.test = None

    def write(self, **facts):
        os.write(self._descriptor, json.dumps({"test": self.test, **facts}).encode() + b"\n")


notes = Notes(os.environ["SUITE_NOTES"])


def note_finding(finding):
    """A sink."""
    notes.write(finding=finding.as_dict())


for name, module in json.loads(os.environ.get("RENAMED_MODULES", "{}")).items():
    sys.modules[name] = importlib.import_module(module)
if "trueloop" in sys.modules:
    importlib.import_module("trueloop.diagnostics").add_sink(note_finding)


def pytest_collection_finish():
    """What is loaded by now is no garbage; the collections to come need not look at it."""
    with contextlib.suppress(ImportError):  # as it is loaded it asks who refers to certain objects,
        importlib.import_module("hypothesis")  # and of frozen ones the collector does not say
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart(nodeid):
    """Findings from now on are this test's."""
    notes.test = nodeid


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    """Outcomes of set-up, call and tear-down; the worst counts."""
    if report.when == "call" or report.outcome != "passed":
        notes.write(outcome=report.outcome)


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish(nodeid):
    """What a test leaves behind is its own, not the next one's."""
    gc.collect()
