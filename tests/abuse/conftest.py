"""Three ways to run: asyncio, trueloop, native streams. All must agree; nothing may be left."""

import asyncio

import pytest

import trueloop
from tests.abuse.ends import Serving
from tests.certificate import Certificate
from tests.faults.leftovers import Look

WAYS = {
    "asyncio": (asyncio.new_event_loop, asyncio),
    "trueloop": (trueloop.new_event_loop, asyncio),
    "native": (trueloop.new_event_loop, trueloop),
}


@pytest.fixture(params=list(WAYS))
def way(request):
    """(loop factory, module that has open_connection and start_server)"""
    return WAYS[request.param]


@pytest.fixture
def streams(way):
    """The module whose streams are under test."""
    return way[1]


@pytest.fixture
def reports():
    """What the loop's exception handler was given: (message, exception) pairs."""
    return []


@pytest.fixture
def run(way, reports):
    """run(main): on a fresh loop, of which nothing may be left, nor anything be reported."""

    def note(loop, context):
        reports.append((context["message"], context.get("exception")))

    def run_it(main):
        async def told():
            asyncio.get_running_loop().set_exception_handler(note)
            return await asyncio.wait_for(main(), 60)

        with asyncio.Runner(loop_factory=way[0]) as runner:
            return runner.run(told())

    before = Look()
    yield run_it
    left = before.left_since()
    assert not left
    assert not reports


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(params=["tcp", "unix", "tls"])
def kind(request):
    return request.param


@pytest.fixture
def server(streams, kind, certificate):
    """`async with server(handler) as connect`: a server of that kind; connect() gives a client."""
    return lambda handler: Serving(streams, kind, certificate, handler)
