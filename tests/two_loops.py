"""The fixtures of tests that are read twice: once on stock asyncio, once on trueloop.

A conftest that imports `new_event_loop` and `run` makes every test that asks for one of them run
on both. Knows nothing of what the tests state.
"""

import asyncio
import importlib

import pytest

__all__ = ["new_event_loop", "run"]


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
