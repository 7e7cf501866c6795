"""Attachment: puts the detectors on a loop's hooks.

Law: the only writer of hook slots. Several detectors may want the same hook; they are called one
after the other, each under guard.
"""

from __future__ import annotations

import atexit
import gc
import math
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from trueloop import runtime
from trueloop.diagnostics import plumbing, watching
from trueloop.diagnostics.detectors import DETECTORS
from trueloop.diagnostics.mistakes import guarded
from trueloop.observable import SLOTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from trueloop.diagnostics.detectors import Detector
    from trueloop.observable import Loop


class Attachment:
    """Attaches one set of detectors per loop, all of which report to the same function.

    Attributes:
        has_watched: whether there was any loop to watch.
    """

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._starting = threading.Lock()  # two threads may make their first loops at once
        self.has_watched = False

    def attach(self, loop: Loop) -> None:
        """Put all detectors that this runtime can serve on the hooks of `loop`."""
        with self._starting:
            if not self.has_watched:
                self.has_watched = True
                self._start()
        detectors = [detector(self._record) for detector in attachable()]
        for slot in SLOTS:
            methods = [getattr(detector, slot) for detector in detectors if hasattr(detector, slot)]
            if methods:
                join = _JOINS.get(slot, together)
                setattr(loop.hooks, slot, join([guarded(method) for method in methods]))

    def program_ends(self) -> None:
        """Let each detector say what is certain only now."""
        if gc.isenabled():
            gc.collect()  # as the interpreter does next; but its reports would come too late
        for detector in attachable():
            if hasattr(detector, "program_ends"):
                guarded(detector.program_ends)(self._record)

    def _start(self) -> None:
        """What the process needs once, before its first loop."""
        for code in plumbing.READERS:
            runtime.skip_reader(code)
        watching.start()
        for detector in attachable():
            if hasattr(detector, "process_begins"):
                guarded(detector.process_begins)(self._record)
        atexit.register(self.program_ends)
        if sys.platform != "win32":
            os.register_at_fork(after_in_child=_fork)


def attachable() -> list[type[Detector]]:
    """The detectors whose hooks are all called by the loops of this process."""
    return [detector for detector in DETECTORS if runtime.DRIVEN.issuperset(detector.needs)]


def missing_kinds() -> list[str]:
    """The kinds of findings for which this runtime lacks a hook."""
    served = attachable()
    return [detector.kind for detector in DETECTORS if detector not in served]


def _fork() -> None:
    for detector in attachable():
        if hasattr(detector, "fork"):
            detector.fork()


def together(methods: list[Callable[..., Any]]) -> Callable[..., Any]:
    """One callable that calls all; it answers what the last of them answers."""
    if len(methods) == 1:
        return methods[0]

    def call(*arguments: Any) -> Any:
        answer = None
        for method in methods:
            answer = method(*arguments)
        return answer

    return call


def soonest(methods: list[Callable[..., Any]]) -> Callable[..., float]:
    """One callable that calls all; it answers the least of what they answer (None: no wish)."""

    def call(*arguments: Any) -> float:
        answers = [method(*arguments) for method in methods]
        return min((answer for answer in answers if answer is not None), default=math.inf)

    return call


def in_turn(methods: list[Callable[..., Any]]) -> Callable[..., Any]:
    """One callable that gives each the function that the one before has answered (submits)."""

    def call(loop: Any, executor: Any, function: Any) -> Any:
        for method in methods:
            answer = method(loop, executor, function)
            function = function if answer is None else answer
        return function

    return call


_JOINS = {"idle": soonest, "submits": in_turn}
