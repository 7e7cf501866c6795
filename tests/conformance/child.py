"""Runs the chosen tests of one module, one at a time, and reports each as a JSON line.

Lives in a process of its own that may hang or die at any test; `watch` is its only caller.
The order on standard input is {"loop", "module", "only", "done", "findings", "accelerated"}; the
reports leave by the descriptor given as the one argument: planned, then started and ended for each
test, then finished. What the loop under test finds wrong is added to the file "findings", if one is
named.
"""

import contextlib
import copy
import faulthandler
import gc
import importlib
import json
import os
import signal
import sys
import time
import traceback
import unittest
from typing import Any

from tests.conformance.selection import chosen_tests
from tests.conformance.substitution import Substitute

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Outcome(unittest.TestResult):
    """What became of one test; the first bad news counts."""

    def __init__(self) -> None:
        super().__init__()
        self.state = PASSED
        self.detail = ""

    def _fail(self, error: Any) -> None:
        if self.state != FAILED:
            self.state, self.detail = FAILED, "".join(traceback.format_exception(*error))

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        self._fail(err)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        self._fail(err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        if err is not None:
            self._fail(err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        if self.state == PASSED:
            self.state, self.detail = SKIPPED, reason

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self.state, self.detail = FAILED, "passed although expected to fail"


class Fixtures:
    """Set-up and tear-down of modules and classes, as a suite would do around its tests."""

    def __init__(self) -> None:
        self._class: type[unittest.TestCase] | None = None
        self._modules: set[str] = set()

    def enter(self, case: unittest.TestCase) -> None:
        module = sys.modules[type(case).__module__]
        if module.__name__ not in self._modules:
            self._modules.add(module.__name__)
            getattr(module, "setUpModule", lambda: None)()
        if type(case) is not self._class:
            self.leave()
            type(case).setUpClass()
            self._class = type(case)

    def leave(self) -> None:
        if self._class is not None:
            self._class.tearDownClass()
            self._class.doClassCleanups()
            self._class = None


def run_one(case: unittest.TestCase, fixtures: Fixtures) -> Outcome:
    """Run one test; whatever it throws, interrupts included, ends up in the outcome."""
    outcome = Outcome()
    try:
        fixtures.enter(case)
        case.run(outcome)
    except unittest.SkipTest as skip:
        outcome.addSkip(case, str(skip))
    except BaseException:
        outcome._fail(sys.exc_info())
    return outcome


class Findings:
    """Adds what the loop under test finds wrong to a file, with the test it was found in."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.test = ""

    def listen(self) -> None:
        diagnostics = importlib.import_module("trueloop.diagnostics")
        diagnostics.add_sink(self.note)

    def note(self, finding: Any) -> None:
        line = json.dumps({"test": self.test, "finding": finding.as_dict()}) + "\n"
        os.write(self._descriptor, line.encode())


def end_with_parent() -> None:
    """Have the system kill this process when `watch` is no more; a test may hang in it for ever."""
    pr_set_pdeathsig = 1
    with contextlib.suppress(ImportError):
        import ctypes

        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)


def main() -> None:
    """Carry out the order on standard input."""
    end_with_parent()
    reports = os.fdopen(int(sys.argv[1]), "w", buffering=1)
    order = json.load(sys.stdin)

    def report(event: str, **facts: object) -> None:
        print(json.dumps({"event": event, **facts}), file=reports)

    # A child of a background job inherits these ignored, and the tests send them to themselves.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1)

    substitute = Substitute(order["loop"])
    substitute.apply()
    if order["accelerated"]:
        importlib.import_module("trueloop").accelerate()
    tests = chosen_tests(order["module"], substitute, accelerated=order["accelerated"])
    if order["only"] is not None:
        tests = [test for test in tests if test.id() in order["only"]]
    report("planned", tests=[test.id() for test in tests])
    # Some tests collect garbage hundreds of times; what is loaded by now is none. What a test comes
    # to hold is: a copy of it runs, which was made later, and no frozen cycle keeps its loop.
    gc.collect()
    gc.freeze()
    fixtures = Fixtures()
    findings = None
    if order["findings"] is not None and not substitute.is_stock:
        findings = Findings(order["findings"])
        findings.listen()
    for test in tests:
        if test.id() in order["done"]:
            continue
        if findings is not None:
            findings.test = test.id()
        report("started", test=test.id())
        begun = time.monotonic()
        outcome = run_one(copy.copy(test), fixtures)
        report(
            "ended",
            test=test.id(),
            state=outcome.state,
            detail=outcome.detail[-8000:],
            took_s=round(time.monotonic() - begun, 3),
        )
    fixtures.leave()
    report("finished", loops_made=substitute.loops_made)
    # Threads and loops that tests leave behind must not hold up the end of the process.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
