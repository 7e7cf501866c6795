"""Loops for the kernel's tests: trueloop's own, and both where asyncio must agree."""

import asyncio
import importlib
import ssl

import pytest

from tests.certificate import Certificate
from tests.two_loops import new_event_loop, run
from trueloop.observable import SLOTS

__all__ = ["new_event_loop", "run"]


def _close(loop):
    """End what is pending, then close: a test leaves no transport behind."""
    asyncio.set_event_loop(None)
    if not loop.is_closed():
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


@pytest.fixture
def loop():
    """A fresh loop of trueloop's."""
    made = importlib.import_module("trueloop").new_event_loop()
    yield made
    _close(made)


@pytest.fixture
def bare_loop(loop):
    """A fresh loop of trueloop's, without the detectors that came with it."""
    for slot in SLOTS:
        setattr(loop.hooks, slot, None)
    return loop


@pytest.fixture
def either_loop(new_event_loop):
    """A fresh loop; the test runs on asyncio's and on trueloop's."""
    made = new_event_loop()
    yield made
    _close(made)


@pytest.fixture
def reports(either_loop):
    """What goes to the exception handler of either_loop: (message, exception) pairs."""
    found = []
    either_loop.set_exception_handler(
        lambda loop, context: found.append((context["message"], context.get("exception")))
    )
    return found


@pytest.fixture
def contexts(tmp_path):
    """(server's, client's) contexts with a certificate made for this test."""
    certificate = Certificate(tmp_path)
    return certificate.server_context(), certificate.client_context()


@pytest.fixture(params=["TLSv1_2", "TLSv1_3"])
def either(request, contexts):
    """The contexts, for one version of TLS."""
    version = ssl.TLSVersion[request.param]
    for context in contexts:
        context.minimum_version = context.maximum_version = version
    return contexts
