"""Watching: the watch that this process has, native or in Python.

Law: the one place of diagnostics that knows which runtime there is. Both watches record; neither
judges.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from trueloop import runtime

if TYPE_CHECKING:
    from typing import Any

    from trueloop.diagnostics.stall import Stall

if sys.platform == "linux" and (TYPE_CHECKING or runtime.is_native):
    from trueloop.diagnostics import watch
    from trueloop.diagnostics.watch import announce, written
    from trueloop.kernel import clock, hooks

    def start() -> None:
        """Start the watch, before the first loop runs."""
        watch.start(
            beats_address=hooks.beats_address(),
            ticks_per_second=clock.ticks_per_second(),
            hardware_clock=clock.is_hardware_counter(),
        )

    def take(loop: Any, started_ticks: int) -> Stall | None:
        """What was recorded of the step of `loop` that began then; see watch.take."""
        return watch.take(loop.hooks.beat_address, started_ticks)

    def take_pass(loop: Any, began_ticks: int) -> Stall | None:
        """What was recorded of the pass of `loop` that began then; see watch.take_pass."""
        return watch.take_pass(loop.hooks.beat_address, began_ticks)

    def ticks(duration_s: float) -> int:
        """So many seconds in the unit of the times that hooks are told."""
        return int(duration_s * clock.ticks_per_second())

    def thread_id() -> int:
        """The kernel's id of the watch's own thread; 0 if there is none."""
        return watch.status().thread_id

    def why_blind(stall: Stall, threshold_s: float) -> str | None:
        """Why no line is known of a stall that is the step's own doing; None if in doubt."""
        stacks = watch.status().stacks
        if stall.samples or stacks == "native":
            return None  # it could have been seen: the step waited, or the watch was held up
        if stacks == "polite" and stall.cpu_s < threshold_s:
            return None  # it waited, and perhaps for the GIL, as the look did
        return "trueloop does not know the stack frames of this Python"

else:
    from trueloop.diagnostics.sampler import (
        announce,
        start,
        take,
        take_pass,
        thread_id,
        ticks,
        why_blind,
        written,
    )

__all__ = ["announce", "start", "take", "take_pass", "thread_id", "ticks", "why_blind", "written"]
