"""Detectors: one file, one kind of finding, one page in docs/findings/.

A detector is a class that is made once for each loop, with the function to hand its findings to.
Its methods that bear the name of a hook (observable.SLOTS) are called by that hook, where there is
one; class methods are called: `process_begins(record)` before the first loop is watched,
`program_ends(record)` when the program is over, `fork()` in a forked child. It reports only what it
can prove.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from trueloop.diagnostics.detectors.abandoned_task import AbandonedTask
from trueloop.diagnostics.detectors.blocked_loop import BlockedLoop
from trueloop.diagnostics.detectors.circular_await import CircularAwait
from trueloop.diagnostics.detectors.deadlock import Deadlock
from trueloop.diagnostics.detectors.lost_exception import LostException
from trueloop.diagnostics.detectors.never_awaited import NeverAwaited
from trueloop.diagnostics.detectors.saturated_executor import SaturatedExecutor
from trueloop.diagnostics.detectors.starved_loop import StarvedLoop
from trueloop.diagnostics.detectors.stranded_task import StrandedTask
from trueloop.diagnostics.detectors.stuck_shutdown import StuckShutdown
from trueloop.diagnostics.detectors.swallowed_cancellation import SwallowedCancellation
from trueloop.diagnostics.detectors.unclosed_generator import UnclosedGenerator
from trueloop.diagnostics.detectors.wrong_thread import WrongThread

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DETECTORS", "Detector"]


class Detector(Protocol):
    """What every detector has, beside its hooks.

    Attributes:
        kind: the kind of its findings.
        needs: hooks without which it can prove nothing. Where the runtime does not call one of
            them the detector is not attached; any other hook that is missing makes it see less.
    """

    kind: str
    needs: tuple[str, ...]

    def __init__(self, record: Callable[..., Any]) -> None: ...


DETECTORS: tuple[type[Detector], ...] = (
    BlockedLoop,
    StarvedLoop,
    CircularAwait,
    Deadlock,
    LostException,
    AbandonedTask,
    NeverAwaited,
    SaturatedExecutor,
    StrandedTask,
    StuckShutdown,  # after SaturatedExecutor, which makes the jobs that it looks at
    SwallowedCancellation,
    UnclosedGenerator,
    WrongThread,
)
