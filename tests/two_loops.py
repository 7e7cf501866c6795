"""The fixtures of tests that are read twice: once on stock asyncio, once on trueloop.

A conftest that imports `new_event_loop`, `run` or `either_loop` makes every test that asks for one
of them run on both. Knows nothing of what the tests state.
"""

import asyncio
import importlib

import pytest

__all__ = ["either_loop", "end", "new_event_loop", "reported", "run"]


@pytest.fixture(params=["asyncio", "trueloop"])
def new_event_loop(request):
    """The loop factory under test; a module attribute, so it can be sent to a worker process."""
    return importlib.import_module(request.param).new_event_loop


@pytest.fixture
def run(new_event_loop):
    """Call ``run(main, *args)`` to run a coroutine function, or a coroutine, on a fresh loop."""

    def run_on_fresh_loop(main, *args, debug=None):
        with asyncio.Runner(debug=debug, loop_factory=new_event_loop) as runner:
            return runner.run(main if asyncio.iscoroutine(main) else main(*args))

    return run_on_fresh_loop


@pytest.fixture
def either_loop(new_event_loop):
    """A fresh loop; the test runs on asyncio's and on trueloop's."""
    made = new_event_loop()
    yield made
    end(made)


def end(loop):
    """End what is pending, then close: a test leaves no transport behind."""
    asyncio.set_event_loop(None)
    if not loop.is_closed():
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def reported(loop):
    """A list of what goes to a loop's exception handler from now on: (message, exception) pairs."""
    found = []
    loop.set_exception_handler(
        lambda loop, context: found.append((context["message"], context.get("exception")))
    )
    return found
