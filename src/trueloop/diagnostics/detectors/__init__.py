"""Detectors: one file, one kind of finding, one page in docs/findings/.

A detector is a class that is made once for each loop, with the function to hand its findings to.
Its methods that bear the name of a kernel hook (see attachment.SLOTS) are called by that hook; a
class method `program_ends(record)` is called when the program is over. It reports only what it can
prove.
"""

from __future__ import annotations

from trueloop.diagnostics.detectors.abandoned_task import AbandonedTask
from trueloop.diagnostics.detectors.blocked_loop import BlockedLoop
from trueloop.diagnostics.detectors.lost_exception import LostException

DETECTORS = (BlockedLoop, LostException, AbandonedTask)

__all__ = ["DETECTORS"]
