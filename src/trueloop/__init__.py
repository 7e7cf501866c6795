"""trueloop: the asyncio runtime that is fast and does not lie.

    import trueloop

    trueloop.run(main())            # instead of asyncio.run(main())

Everything else stays asyncio. `trueloop run program.py` runs a program that was never changed.
"""

from trueloop import diagnostics, notice
from trueloop.errors import CircularAwaitError, DeadlockError
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
    Timeout,
    gather,
    sleep,
    timeout,
    timeout_at,
    wait_for,
)
from trueloop.primitives.acceleration import accelerate
from trueloop.runner import Runner, install, run
from trueloop.runtime import EventLoop, Future, Task, new_event_loop

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
    "Runner",
    "Semaphore",
    "Task",
    "Timeout",
    "accelerate",
    "diagnostics",
    "gather",
    "install",
    "new_event_loop",
    "run",
    "sleep",
    "timeout",
    "timeout_at",
    "wait_for",
]

__version__ = "0.1.0"
