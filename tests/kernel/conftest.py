"""Loops for the kernel's tests: trueloop's own, and both where asyncio must agree."""

import importlib
import ssl

import pytest

from tests.certificate import Certificate
from tests.two_loops import either_loop, end, new_event_loop, reported, run
from trueloop.observable import SLOTS

__all__ = ["either_loop", "new_event_loop", "run"]


@pytest.fixture
def loop():
    """A fresh loop of trueloop's."""
    made = importlib.import_module("trueloop").new_event_loop()
    yield made
    end(made)


@pytest.fixture
def bare_loop(loop):
    """A fresh loop of trueloop's, without the detectors that came with it."""
    for slot in SLOTS:
        setattr(loop.hooks, slot, None)
    return loop


@pytest.fixture
def reports(either_loop):
    """What goes to the exception handler of either_loop: (message, exception) pairs."""
    return reported(either_loop)


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
