"""What trueloop sees of a running program's bugs, and where it says so.

Every loop that trueloop makes is watched from the start; TRUELOOP_DIAGNOSTICS=0 in the environment
switches that off, for measurements. Findings go to the `trueloop` logger, or to whatever add_sink()
names.

    import trueloop.diagnostics as diagnostics

    diagnostics.ignore("blocked-loop", function="warm_up")
    diagnostics.add_sink(lambda finding: counter.labels(finding.kind).inc())
    for finding in diagnostics.findings():
        print(finding.kind, finding.count, finding.where)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from trueloop import runtime
from trueloop.diagnostics.announcing import Announcing
from trueloop.diagnostics.attachment import Attachment, missing_kinds
from trueloop.diagnostics.detectors import never_awaited
from trueloop.diagnostics.finding import KINDS, Finding, Related, Severity
from trueloop.diagnostics.ledger import Ledger
from trueloop.diagnostics.places import Place
from trueloop.diagnostics.provenance import Cancellation, cancellation
from trueloop.diagnostics.silencing import Rule, Silencing
from trueloop.diagnostics.sinks import JsonLinesSink, LoggerSink, TextSink

if TYPE_CHECKING:
    from trueloop.diagnostics.ledger import Sink
    from trueloop.observable import Loop

__all__ = [
    "KINDS",
    "Cancellation",
    "Finding",
    "JsonLinesSink",
    "LoggerSink",
    "Place",
    "Related",
    "Severity",
    "TextSink",
    "add_sink",
    "announce_stalls",
    "attach",
    "cancellation",
    "counters",
    "default_sink",
    "enabled",
    "findings",
    "has_watched",
    "ignore",
    "ledger",
    "missing_kinds",
    "note_callers",
    "program_ends",
    "remove_sink",
]


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return None


_silencing = Silencing(_working_directory())
_announcing = Announcing(_silencing)
ledger = Ledger(_silencing)
_attachment = Attachment(ledger.record)

# Where findings go unless somebody says otherwise; remove_sink(default_sink) takes it away.
default_sink: Sink = LoggerSink()
ledger.add_sink(default_sink)


def enabled() -> bool:
    """Whether new loops are watched."""
    return os.environ.get("TRUELOOP_DIAGNOSTICS", "1") != "0"


def attach(loop: Loop) -> None:
    """Watch a loop. Called for every new one; calling it again does no harm."""
    if enabled():
        _attachment.attach(loop)


def has_watched() -> bool:
    """Whether any loop of this process was watched."""
    return _attachment.has_watched


def findings() -> list[Finding]:
    """All findings of this process so far, oldest first, with their counts; no silenced ones."""
    return ledger.findings()


def counters(*, silenced: bool = False) -> dict[str, int]:
    """How often each kind of finding was seen in this process so far; every kind has its entry.

    Args:
        silenced: count what was silenced; else all the rest.
    """
    return ledger.counters(silenced=silenced)


def ignore(kind: str, file: str | None = None, function: str | None = None) -> None:
    """Do not report findings of a kind; only count them.

    Args:
        kind: one of KINDS.
        file: a pattern as for the shell; `jobs.py` and `app/*.py` match at the end of a path.
        function: likewise, for the qualified name or the last part of it.

    Raises:
        ValueError: there is no such kind.
    """
    _silencing.add(Rule(kind, file, function))
    _announcing.refresh()


def add_sink(sink: Sink) -> None:
    """Call sink(finding) for each new finding, and again when its count reaches 10, 100, ...

    It is called where the bug happens: on any thread, inside the loop's step. It should be quick;
    what it raises goes to the `trueloop` logger.
    """
    ledger.add_sink(sink)


def remove_sink(sink: Sink) -> None:
    """Take a sink away. Raises ValueError if it is not one."""
    ledger.remove_sink(sink)


def announce_stalls(text_fd: int, json_fd: int) -> None:
    """Write a stall that does not end, while it lasts, to two file descriptors; -1: nowhere.

    Everything else that is found goes to the sinks. A stall that was written here is not given to
    them.
    """
    _announcing.write_to(text_fd, json_fd)


def note_callers() -> None:
    """Let Python note which line makes each coroutine, so that never-awaited can name it.

    In this thread, and in each that makes a loop later. Making a coroutine costs some 100 ns more
    then, so `trueloop run` asks for it, and a service does not.
    """
    if enabled():
        never_awaited.note_callers(ledger.record)


def program_ends() -> None:
    """Report what is certain once the program is over; done at exit anyway."""
    _attachment.program_ends()


runtime.on_new_loop.append(attach)
