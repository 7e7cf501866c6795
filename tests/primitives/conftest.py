"""asyncio's primitives and trueloop's, each on both loops: they must not be told apart."""

import asyncio
import importlib

import pytest

from tests.two_loops import new_event_loop, run

__all__ = ["new_event_loop", "run"]


@pytest.fixture(params=["asyncio", "trueloop"])
def primitives(request):
    """The module whose primitives are under test."""
    return importlib.import_module(request.param)


@pytest.fixture
def loop(new_event_loop):
    """A fresh loop."""
    made = new_event_loop()
    yield made
    asyncio.set_event_loop(None)
    made.close()
