"""Native versions of what asyncio offers to tasks: locks, queues, timeouts and their like.

Same names, arguments and behaviour as asyncio's of the running Python; where there is no native
loop they are asyncio's. trueloop.accelerate() puts them under asyncio's names.

Law: built on the kernel; knows no detector. Reading order: `operation` is a coroutine written in C,
`line` those who wait, `loopbound` the loop they do it in; then the primitives themselves.
"""

import asyncio
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
    "Timeout",
    "gather",
    "sleep",
    "timeout",
    "timeout_at",
    "wait_for",
]

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
        Timeout,
        gather,
        sleep,
        timeout,
        timeout_at,
        wait_for,
    )
else:
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
    )
    from trueloop.primitives.gathering import gather
    from trueloop.primitives.sleeping import sleep
    from trueloop.primitives.timeouts import Timeout, timeout, timeout_at
    from trueloop.primitives.waitfor import wait_for

# The primitives, as they are called in asyncio too.
NAMES = tuple(name for name in __all__ if name != "NAMES")
# What had the names that it replaces.
ORIGINALS = {name: getattr(asyncio, name) for name in NAMES}
