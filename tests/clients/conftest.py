"""What the clients' smoke tests share: both loops, a certificate, and two real servers.

A server that is not installed skips its tests; where CI is set in the environment it fails them.
"""

import os

import pytest

from tests.certificate import Certificate
from tests.clients import postgres_server, redis_server
from tests.clients.server_process import ServerMissingError
from tests.two_loops import new_event_loop, run

__all__ = ["new_event_loop", "run"]


@pytest.fixture
def loop_path(new_event_loop):
    """The loop factory under test as an import string, the way uvicorn takes it."""
    return f"{new_event_loop.__module__.partition('.')[0]}:new_event_loop"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for loopback and an authority of its own."""
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def redis_address(certificate, tmp_path_factory):
    """A running redis server's RedisAddress."""
    try:
        with redis_server.started(tmp_path_factory.mktemp("redis"), certificate) as address:
            yield address
    except ServerMissingError as missing:
        _do_without(missing)


@pytest.fixture(scope="session")
def postgres_address(certificate):
    """A running PostgreSQL server's PostgresAddress."""
    try:
        with postgres_server.started(certificate) as address:
            yield address
    except ServerMissingError as missing:
        _do_without(missing)


def _do_without(missing):
    advice = f"{missing} tests/clients/install installs it where apt-get exists."
    if os.environ.get("CI"):
        pytest.fail(f"{advice} CI does not do without it.", pytrace=False)
    pytest.skip(advice)
