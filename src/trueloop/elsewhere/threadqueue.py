"""ThreadQueue in Python, where there is no native one.

Law: behaves as primitives/threadqueue.pyx, whose account of the design holds here too; a lock of
its own is held for each look and what follows from it.
"""

from __future__ import annotations

import asyncio
import enum
import queue as queue_of_threads
import threading
import time
from collections import deque
from typing import Any, Generic, TypeVar, final

from trueloop.errors import QueueShutDown

__all__ = ["BlockingFace", "ThreadQueue"]

T = TypeVar("T")
_NOTHING: Any = object()


class _Wanted(enum.IntEnum):
    AN_ITEM = 0
    ROOM = 1
    THE_END = 2


# A task that waits, by its loop and its future; or a thread, by the lock that it blocks in.
_Standing = Any


@final
class ThreadQueue(Generic[T]):
    """A first-in, first-out queue between tasks of any loops and any threads.

    Its methods are asyncio.Queue's, for tasks; `sync` has queue.Queue's, for threads. See
    docs/reference/thread-queue.md.

    Args:
        maxsize: how many items there may be at a time; no limit if it is not above zero.
    """

    def __init__(self, maxsize: int = 0) -> None:
        self._maxsize = maxsize
        self._lock = threading.Lock()
        self._items: deque[T] = deque()
        self._unfinished = 0
        self._is_shutdown = False
        self._lines: tuple[deque[Any], ...] = (deque(), deque(), deque())
        self._face = BlockingFace(self)

    def __repr__(self) -> str:
        parts = [f"maxsize={self._maxsize}", f"qsize={self.qsize()}"]
        if self._unfinished:
            parts.append(f"tasks={self._unfinished}")
        if self._is_shutdown:
            parts.append("shutdown")
        return f"<ThreadQueue at {id(self):#x} {' '.join(parts)}>"

    @property
    def maxsize(self) -> int:
        """Number of items allowed in the queue; without a limit if it is not above zero."""
        return self._maxsize

    @property
    def sync(self) -> BlockingFace[T]:
        """The same queue for threads: methods that block, as queue.Queue has them."""
        return self._face

    def qsize(self) -> int:
        """Number of items in the queue."""
        return len(self._items)

    def empty(self) -> bool:
        """Whether there are no items."""
        return not self._items

    def full(self) -> bool:
        """Whether there are `maxsize` items; never if there is no limit."""
        return 0 < self._maxsize <= len(self._items)

    async def put(self, item: T) -> None:
        """Put an item in, when there is room; QueueShutDown after shutdown()."""
        while not self._try_put(item):
            await self._wait(_Wanted.ROOM)

    async def get(self) -> T:
        """Take the next item out, when there is one; QueueShutDown if none will come."""
        item: T
        while (item := self._try_get()) is _NOTHING:
            await self._wait(_Wanted.AN_ITEM)
        return item

    async def join(self) -> None:
        """Wait until task_done() was called for each item that was put in."""
        await self._wait(_Wanted.THE_END)

    def put_nowait(self, item: T) -> None:
        """Put an item in; asyncio.QueueFull if there is no room. From any thread."""
        if not self._try_put(item):
            raise asyncio.QueueFull

    def get_nowait(self) -> T:
        """Take the next item out; asyncio.QueueEmpty if there is none. From any thread."""
        item: T = self._try_get()
        if item is _NOTHING:
            raise asyncio.QueueEmpty
        return item

    def task_done(self) -> None:
        """One item that was taken out is done with. From any thread.

        ValueError if this was said of all items before.
        """
        with self._lock:
            if self._unfinished <= 0:
                raise ValueError("task_done() called too many times")
            self._unfinished -= 1
        if not self._unfinished:
            self._wake_all(_Wanted.THE_END)

    def shutdown(self, immediate: bool = False) -> None:
        """From now on put() raises QueueShutDown, and get() does once the queue is empty.

        Which it is at once if `immediate` is true: the items are dropped. From any thread.
        """
        with self._lock:
            self._is_shutdown = True
            if immediate:
                dropped, self._items = self._items, deque()
                self._unfinished = max(0, self._unfinished - len(dropped))
        self._wake_all(_Wanted.AN_ITEM)
        self._wake_all(_Wanted.ROOM)
        if not self._unfinished:
            self._wake_all(_Wanted.THE_END)

    def _try_put(self, item: T) -> bool:
        with self._lock:
            if self._is_shutdown:
                raise QueueShutDown
            if self.full():
                return False
            self._items.append(item)
            self._unfinished += 1
        self._wake_one(_Wanted.AN_ITEM)
        return True

    def _try_get(self) -> Any:
        with self._lock:
            if not self._items:
                if self._is_shutdown:
                    raise QueueShutDown
                return _NOTHING
            item = self._items.popleft()
        self._wake_one(_Wanted.ROOM)
        return item

    # -- lines

    def _stand(self, wanted: _Wanted, who: _Standing) -> bool:
        """Stand in line; False if there is what is wanted."""
        with self._lock:
            if wanted is _Wanted.THE_END:
                can_go = not self._unfinished
            else:
                is_there = bool(self._items) if wanted is _Wanted.AN_ITEM else not self.full()
                can_go = is_there or self._is_shutdown
            if not can_go:
                self._lines[wanted].append(who)
            return not can_go

    def _leave(self, wanted: _Wanted, who: _Standing) -> bool:
        """Stand in line no more; False if somebody has woken us."""
        with self._lock:
            try:
                self._lines[wanted].remove(who)
            except ValueError:
                return False
            return True

    def _wake_one(self, wanted: _Wanted) -> bool:
        while True:
            with self._lock:
                if not self._lines[wanted]:
                    return False
                who = self._lines[wanted].popleft()
            if not isinstance(who, tuple):
                who.release()
                return True
            loop, future = who
            try:
                loop.call_soon_threadsafe(self._arrive, wanted, future)
            except RuntimeError:  # the loop is closed
                continue
            return True

    def _wake_all(self, wanted: _Wanted) -> None:
        while self._wake_one(wanted):
            pass

    def _arrive(self, wanted: _Wanted, future: asyncio.Future[None]) -> None:
        if future.done():
            self._wake_one(wanted)  # it was cancelled meanwhile
        else:
            future.set_result(None)

    async def _wait(self, wanted: _Wanted) -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        who = (loop, future)
        if not self._stand(wanted, who):
            return
        try:
            await future
        except BaseException:
            if not self._leave(wanted, who) and not future.cancelled():
                self._wake_one(wanted)  # it was our turn, and we cannot come
            raise

    def _block(self, wanted: _Wanted, deadline_s: float | None) -> bool:
        """Block this thread until it is woken. False: until the deadline."""
        who = threading.Lock()
        who.acquire()
        if not self._stand(wanted, who):
            return True
        try:
            rest_s = -1 if deadline_s is None else max(0, deadline_s - time.monotonic())
            if who.acquire(timeout=min(rest_s, threading.TIMEOUT_MAX)):
                return True
        except BaseException:
            if not self._leave(wanted, who):
                self._wake_one(wanted)  # it was our turn, and we cannot come
            raise
        return not self._leave(wanted, who)


@final
class BlockingFace(Generic[T]):
    """A ThreadQueue for threads: queue.Queue's methods, which block the thread that calls them.

    What they raise is queue.Queue's too: queue.Empty, queue.Full, and trueloop.QueueShutDown.
    """

    def __init__(self, queue: ThreadQueue[T]) -> None:
        self.queue = queue

    def __repr__(self) -> str:
        return f"{self.queue!r}.sync"

    @property
    def maxsize(self) -> int:
        """Number of items allowed in the queue; without a limit if it is not above zero."""
        return self.queue.maxsize

    def qsize(self) -> int:
        """Number of items in the queue."""
        return self.queue.qsize()

    def empty(self) -> bool:
        """Whether there are no items."""
        return self.queue.empty()

    def full(self) -> bool:
        """Whether there are `maxsize` items; never if there is no limit."""
        return self.queue.full()

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Put an item in. Blocks until there is room, for `timeout` seconds at most (None: ever).

        Raises queue.Full if there was none in time, or at once if `block` is false.
        """
        if self.queue._try_put(item):
            return
        deadline_s = _deadline(block, timeout)
        while block and self.queue._block(_Wanted.ROOM, deadline_s):
            if self.queue._try_put(item):
                return
        raise queue_of_threads.Full

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Take the next item out. Blocks until there is one, for `timeout` seconds at most.

        Raises queue.Empty if there was none in time, or at once if `block` is false.
        """
        item: T = self.queue._try_get()
        if item is not _NOTHING:
            return item
        deadline_s = _deadline(block, timeout)
        while block and self.queue._block(_Wanted.AN_ITEM, deadline_s):
            item = self.queue._try_get()
            if item is not _NOTHING:
                return item
        raise queue_of_threads.Empty

    def put_nowait(self, item: T) -> None:
        """Put an item in; queue.Full if there is no room."""
        self.put(item, False)

    def get_nowait(self) -> T:
        """Take the next item out; queue.Empty if there is none."""
        return self.get(False)

    def task_done(self) -> None:
        """One item that was taken out is done with. ValueError if that was said of all before."""
        self.queue.task_done()

    def join(self) -> None:
        """Block until task_done() was called for each item that was put in."""
        self.queue._block(_Wanted.THE_END, None)

    def shutdown(self, immediate: bool = False) -> None:
        """From now on put() raises QueueShutDown, and get() does once the queue is empty."""
        self.queue.shutdown(immediate)


def _deadline(block: bool, timeout: float | None) -> float | None:
    """Until when to wait, in seconds of time.monotonic(); None: for ever."""
    if not block or timeout is None:
        return None
    if timeout < 0:
        raise ValueError("'timeout' must be a non-negative number")
    return time.monotonic() + timeout
