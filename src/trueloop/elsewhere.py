"""Off Linux: asyncio's own classes under trueloop's names, with one notice.

Owns the fallback and its wording. A program written for trueloop then runs everywhere, only not
faster and not watched.
"""

import asyncio
import sys
import warnings

__all__ = ["EventLoop", "Future", "Task", "new_event_loop"]

Future = asyncio.Future
Task = asyncio.Task
if sys.platform == "win32":
    EventLoop = asyncio.ProactorEventLoop
else:
    EventLoop = asyncio.SelectorEventLoop

_told = False


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A new event loop of asyncio's; the first one comes with a RuntimeWarning that says so."""
    global _told
    if not _told:
        _told = True
        warnings.warn(
            "trueloop's event loop needs Linux; this program runs on asyncio's own, unwatched.",
            RuntimeWarning,
            stacklevel=2,
        )
    return EventLoop()
