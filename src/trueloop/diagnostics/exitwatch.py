"""Exit watch: tells of threads that keep the interpreter from ending.

Law: begins when the main thread has ended and the interpreter starts to wait for the others; until
then it costs nothing, and it never keeps the process alive. It has ended before the interpreter
takes itself apart.

The interpreter first calls what was registered for that moment, last come first, and thread pools
register too (`pools` has imported them): ours, registered after them, is called before they wait.
"""

from __future__ import annotations

import _thread
import threading
import time
from typing import TYPE_CHECKING

from trueloop.diagnostics import places, workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from trueloop.diagnostics.workers import Sitting

    Tell = Callable[[Sitting, float], None]

ALLOWED_S = 1.0
# A thread that moves about is at work; only one that sits is told of.
_FIRST_LOOK_S = 0.2
_LAST_LOOK_S = 60.0


class ExitWatch:
    """Watches from the end of the main thread on.

    Attributes:
        tell: called with a thread that sits, and for how long it was waited for, in seconds.
    """

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self._stopped = _thread.allocate_lock()
        self._ended = _thread.allocate_lock()
        self._stopped.acquire()

    def arm(self) -> None:
        """Begin when the main thread ends."""
        register = getattr(threading, "_register_atexit", None)
        if register is not None:
            register(self._begin)

    def stop(self) -> None:
        """The interpreter waits for no thread any more."""
        if self._stopped.locked():
            self._stopped.release()
        self._ended.acquire(timeout=1.0)

    def _begin(self) -> None:
        if workers.unfinished():
            self._ended.acquire()
            try:
                _thread.start_new_thread(self._run, ())
            except RuntimeError:
                self._ended.release()

    def _run(self) -> None:
        try:
            self._watch()
        finally:
            self._ended.release()

    def _watch(self) -> None:
        began = time.monotonic()
        told: set[int] = set()
        if self._stopped.acquire(timeout=_FIRST_LOOK_S):
            return
        before = {each.ident: each for each in workers.sitting(workers.unfinished())}
        wait_s = ALLOWED_S - _FIRST_LOOK_S
        while wait_s < _LAST_LOOK_S and not self._stopped.acquire(timeout=wait_s):
            now = {each.ident: each for each in workers.sitting(workers.unfinished())}
            for ident, each in now.items():
                earlier = before.get(ident)
                if earlier is None or ident in told or earlier.where != each.where:
                    continue
                if places.is_user(each.where) and (each.is_job or not each.is_pool_worker):
                    told.add(ident)
                    self.tell(each, time.monotonic() - began)
            before = now
            wait_s = max(ALLOWED_S, wait_s * 2)
