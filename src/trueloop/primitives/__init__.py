"""Native versions of what asyncio offers to tasks: locks, queues, timeouts, waits, streams.

Same names, arguments and behaviour as asyncio's of the running Python; where there is no native
loop they are asyncio's. trueloop.accelerate() puts them under asyncio's names.

Law: built on the kernel; knows no detector. Reading order: `operation` is a coroutine written in C,
`line` those who wait, `loopbound` the loop they do it in; then the primitives themselves: of the
streams `readbuffer`, `reader`, `readerprotocol`, `writer`.
"""

import asyncio
import sys
from typing import TYPE_CHECKING

from trueloop import runtime

__all__ = [
    "NAMES",
    "Barrier",
    "BoundedSemaphore",
    "Condition",
    "Event",
    "LifoQueue",
    "Lock",
    "PriorityQueue",
    "Queue",
    "Semaphore",
    "StreamReader",
    "StreamReaderProtocol",
    "StreamWriter",
    "TaskGroup",
    "ThreadQueue",
    "Timeout",
    "as_completed",
    "gather",
    "open_connection",
    "shield",
    "sleep",
    "start_server",
    "timeout",
    "timeout_at",
    "to_thread",
    "wait",
    "wait_for",
]
if sys.platform != "win32":
    __all__ += ["open_unix_connection", "start_unix_server"]

if TYPE_CHECKING or not runtime.is_native:
    from asyncio import (
        Barrier,
        BoundedSemaphore,
        Condition,
        Event,
        LifoQueue,
        Lock,
        PriorityQueue,
        Queue,
        Semaphore,
        StreamReader,
        StreamReaderProtocol,
        StreamWriter,
        TaskGroup,
        Timeout,
        as_completed,
        gather,
        open_connection,
        shield,
        sleep,
        start_server,
        timeout,
        timeout_at,
        to_thread,
        wait,
        wait_for,
    )

    if sys.platform != "win32":
        from asyncio import open_unix_connection, start_unix_server

    from trueloop.elsewhere.threadqueue import ThreadQueue
else:
    # It is as fast as can be on a loop whose run_in_executor() is native.
    from asyncio import to_thread

    from trueloop.primitives.completing import as_completed
    from trueloop.primitives.faces import (
        Barrier,
        BoundedSemaphore,
        Condition,
        Event,
        LifoQueue,
        Lock,
        PriorityQueue,
        Queue,
        Semaphore,
        TaskGroup,
    )
    from trueloop.primitives.gathering import gather
    from trueloop.primitives.shielding import shield
    from trueloop.primitives.sleeping import sleep
    from trueloop.primitives.streams import (
        StreamReader,
        StreamReaderProtocol,
        StreamWriter,
        open_connection,
        open_unix_connection,
        start_server,
        start_unix_server,
    )
    from trueloop.primitives.threadqueue import ThreadQueue
    from trueloop.primitives.timeouts import Timeout, timeout, timeout_at
    from trueloop.primitives.waitfor import wait_for
    from trueloop.primitives.waiting import wait

# The primitives that asyncio has too, under the same names.
NAMES = tuple(name for name in __all__ if name not in ("NAMES", "ThreadQueue"))
# asyncio's own of these make what stands under the names of the classes.
_FOLLOW = {"open_connection", "open_unix_connection", "start_server", "start_unix_server"}
# What had the names that accelerate() replaces.
ORIGINALS = {name: getattr(asyncio, name) for name in NAMES if name not in _FOLLOW}
