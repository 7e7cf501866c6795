"""Exit watch: tells of threads that keep the interpreter from ending.

Law: begins when the main thread has ended and the interpreter starts to wait for the others; until
then it costs nothing, and it never keeps the process alive. It has ended before the interpreter
takes itself apart.

The interpreter first calls what was registered for that moment, last come first, and thread pools
register too (`pools` has imported them): ours, registered after them, is called before they wait.
"""

from __future__ import annotations

import _thread
import contextlib
import sys
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


# 3.12 starts no thread any more when it has begun to end.
_MUST_BE_EARLY = sys.version_info[:2] == (3, 12)
# By its name the thread is known to be ours (standstill.py).
_THREAD_NAME = "trueloop-exit"


class ExitWatch:
    """Watches from the end of the main thread on.

    Attributes:
        tell: called with a thread that sits, and for how long it was waited for, in seconds.
    """

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.forget()

    def forget(self) -> None:
        """In a forked child: there is no thread of ours."""
        self._begun = _thread.allocate_lock()  # each is held until it has happened
        self._stopped = _thread.allocate_lock()
        self._ended = _thread.allocate_lock()
        self._begun.acquire()
        self._stopped.acquire()
        self._is_ready = False

    def arm(self) -> None:
        """Begin when the main thread ends."""
        register = getattr(threading, "_register_atexit", None)
        if register is not None:
            register(self._begin)

    def prepare(self) -> None:
        """There may be a thread to wait for in the end. Cheap; to be called now and then."""
        if _MUST_BE_EARLY and not self._is_ready and workers.unfinished():
            self._start()

    def stop(self) -> None:
        """The interpreter waits for no thread any more."""
        if self._stopped.locked():
            self._stopped.release()
        if self._ended.acquire(timeout=1.0):
            self._ended.release()

    def _start(self) -> None:
        try:
            _thread.start_new_thread(self._run, ())
        except RuntimeError:
            return
        self._is_ready = True

    def _begin(self) -> None:
        if workers.unfinished():
            if not self._is_ready:
                self._start()
            if self._is_ready:
                self._ended.acquire()
                self._begun.release()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            comm = f"/proc/self/task/{threading.get_native_id()}/comm"
            with open(comm, "w", encoding="ascii") as name:
                name.write(_THREAD_NAME)
        self._begun.acquire()
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
