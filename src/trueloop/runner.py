"""Running a program on trueloop: `run`, `Runner`, and `install` for code that only knows asyncio.

Owns which loop a program gets; the set-up and tear-down around it are asyncio's own, inherited.
Nothing happens on import: no policy and no loop is set before somebody asks.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from trueloop.errors import PolicyUnavailableError
from trueloop.runtime import new_event_loop

__all__ = ["Runner", "install", "run"]

T = TypeVar("T")
LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def run(main: Coroutine[Any, Any, T], *, debug: bool | None = None) -> T:
    """Run `main` on a new trueloop event loop and return its result, as `asyncio.run` does.

    Args:
        main: the coroutine of the whole program.
        debug: asyncio's debug mode on or off; None leaves it to PYTHONASYNCIODEBUG and -X dev.

    Raises:
        RuntimeError: an event loop is already running in this thread.
        ValueError: `main` is not a coroutine.
    """
    # Asked before a loop is made: it could not be run, not even to close it in order.
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("trueloop.run() cannot be called from a running event loop")
    with Runner(debug=debug) as runner:
        return runner.run(main)


# Marked final in the type stubs only; all that differs is the loop it makes by default.
class Runner(asyncio.Runner):  # type: ignore[misc]
    """`asyncio.Runner` with a trueloop event loop.

    Args:
        debug: as for `run`.
        loop_factory: makes the loop; None makes trueloop's.
    """

    def __init__(
        self, *, debug: bool | None = None, loop_factory: LoopFactory | None = None
    ) -> None:
        super().__init__(debug=debug, loop_factory=loop_factory or new_event_loop)


def install() -> None:
    """Make trueloop's loop what `asyncio.run`, `asyncio.Runner` and `asyncio.new_event_loop` make.

    Sets asyncio's event loop policy; `asyncio.set_event_loop_policy(None)` takes it back.

    Raises:
        PolicyUnavailableError: on Python 3.14 and later, where policies are on their way out.
    """
    if sys.version_info >= (3, 14):
        raise PolicyUnavailableError(
            "trueloop.install() needs asyncio's event loop policies, which end with Python 3.13. "
            "Use trueloop.run(main()) or "
            "asyncio.run(main(), loop_factory=trueloop.new_event_loop) instead."
        )

    # Made here and not at import: on 3.14 the mere mention of the base class warns.
    class Policy(asyncio.DefaultEventLoopPolicy):
        """asyncio's default policy, but for the loops it makes."""

        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return new_event_loop()

    asyncio.set_event_loop_policy(Policy())


def take_over() -> None:
    """Make asyncio's own entry points make trueloop's loops in this whole process.

    For `trueloop run`, whose process is its own to change: unlike `install` it works on every
    Python. Where there are no policies any more, asyncio.new_event_loop itself is replaced, which
    asyncio.run and asyncio.Runner call as well. Where there are, the policies that a program
    derives from asyncio's default one make trueloop's loops too.
    """
    if sys.version_info < (3, 14):
        install()
        default: Any = asyncio.DefaultEventLoopPolicy
        default._loop_factory = staticmethod(new_event_loop)
    else:
        asyncio.new_event_loop = asyncio.events.new_event_loop = new_event_loop
