"""trueloop: the asyncio runtime that is fast and does not lie.

    import trueloop

    trueloop.run(main())            # instead of asyncio.run(main())

Everything else stays asyncio. `trueloop run program.py` runs a program that was never changed.
"""

import sys

from trueloop import diagnostics, notice
from trueloop.errors import CircularAwaitError, DeadlockError, QueueShutDown
from trueloop.primitives import (
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
    ThreadQueue,
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
from trueloop.primitives.acceleration import accelerate
from trueloop.runner import Runner, install, run
from trueloop.runtime import EventLoop, Future, Task, new_event_loop

if sys.platform != "win32":
    from trueloop.primitives import open_unix_connection, start_unix_server

notice.prepare()

__all__ = [
    "Barrier",
    "BoundedSemaphore",
    "CircularAwaitError",
    "Condition",
    "DeadlockError",
    "Event",
    "EventLoop",
    "Future",
    "LifoQueue",
    "Lock",
    "PriorityQueue",
    "Queue",
    "QueueShutDown",
    "Runner",
    "Semaphore",
    "StreamReader",
    "StreamReaderProtocol",
    "StreamWriter",
    "Task",
    "TaskGroup",
    "ThreadQueue",
    "Timeout",
    "accelerate",
    "as_completed",
    "diagnostics",
    "gather",
    "install",
    "new_event_loop",
    "open_connection",
    "run",
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

__version__ = "0.1.0"
