"""The exceptions that trueloop raises on its own account.

Owns every public exception class. What asyncio raises, trueloop raises under asyncio's names.
"""

import asyncio
import queue
import sys

__all__ = [
    "CircularAwaitError",
    "DeadlockError",
    "PolicyUnavailableError",
    "QueueShutDown",
    "TrueloopError",
]


class TrueloopError(Exception):
    """Base of every exception that only trueloop raises."""


class PolicyUnavailableError(TrueloopError, RuntimeError):
    """This Python has no event loop policies to install (3.14 deprecates them, 3.16 has none)."""


class CircularAwaitError(TrueloopError, RuntimeError):
    """Tasks wait for each other in a circle, or one for itself; raised at the await of a member.

    The message names each member and the line at which it waits.
    """


class DeadlockError(TrueloopError, RuntimeError):
    """Nothing can ever wake this program again; raised in its main task.

    The message names each task, what it waits for, and the line.
    """


if sys.version_info >= (3, 13):

    class QueueShutDown(TrueloopError, asyncio.QueueShutDown, queue.ShutDown):
        """A ThreadQueue was used after its shutdown(); by a task or by a thread."""
else:

    class QueueShutDown(TrueloopError):
        """A ThreadQueue was used after its shutdown(); by a task or by a thread."""
