"""Hostile programs, on asyncio's loop and on trueloop's: neither may crash, and both agree."""

import asyncio
import importlib

import pytest

from tests.two_loops import new_event_loop, run

__all__ = ["new_event_loop", "run"]


@pytest.fixture
def loop(new_event_loop):
    """A fresh loop of either kind."""
    made = new_event_loop()
    yield made
    asyncio.set_event_loop(None)
    if not made.is_closed():
        for task in asyncio.all_tasks(made):
            task.cancel()
        made.run_until_complete(asyncio.sleep(0))
        made.close()


@pytest.fixture
def own_loop():
    """A fresh loop of trueloop's, where asyncio's breaks or behaves by accident."""
    made = importlib.import_module("trueloop").new_event_loop()
    yield made
    made.close()


@pytest.fixture
def reports(loop):
    """What goes to the exception handler of `loop`: (message, exception) pairs."""
    found = []
    loop.set_exception_handler(
        lambda loop, context: found.append((context["message"], context.get("exception")))
    )
    return found
