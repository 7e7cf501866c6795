"""Hostile programs, on asyncio's loop and on trueloop's: neither may crash, and both agree."""

import importlib

import pytest

from tests.two_loops import either_loop as loop
from tests.two_loops import new_event_loop, reported, run

__all__ = ["loop", "new_event_loop", "run"]


@pytest.fixture
def own_loop():
    """A fresh loop of trueloop's, where asyncio's breaks or behaves by accident."""
    made = importlib.import_module("trueloop").new_event_loop()
    yield made
    made.close()


@pytest.fixture
def reports(loop):
    """What goes to the exception handler of `loop`: (message, exception) pairs."""
    return reported(loop)
