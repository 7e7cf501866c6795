"""Exceptions that are not Exceptions, raised wherever a program's code is called."""

import asyncio
import contextlib
import socket

import pytest


class Custom(BaseException):
    """Neither an Exception nor one of Python's own."""


THROUGH = [KeyboardInterrupt, SystemExit]
REPORTED = [GeneratorExit, Custom]
every = pytest.mark.parametrize("error", THROUGH + REPORTED)


def passes(error):
    """The block ends with `error`, if that is one that ends a loop's run."""
    return pytest.raises(error) if error in THROUGH else contextlib.nullcontext()


@every
@pytest.mark.parametrize("how", ["call_soon", "call_later", "call_soon_threadsafe", "done"])
def test_raised_by_a_callback(loop, reports, error, how):
    def callback(*_):
        raise error

    if how == "done":
        future = loop.create_future()
        future.add_done_callback(callback)
        future.set_result(None)
    elif how == "call_later":
        loop.call_later(0, callback)
    else:
        getattr(loop, how)(callback)
    with passes(error):
        loop.run_until_complete(asyncio.sleep(0.001))
    assert [type(one) for _, one in reports] == ([] if error in THROUGH else [error])
    loop.run_until_complete(asyncio.sleep(0))  # it runs on


@every
def test_raised_by_a_task(loop, reports, error):
    async def child():
        await asyncio.sleep(0)
        raise error

    async def main():
        task = asyncio.ensure_future(child())
        await asyncio.wait([task])
        return task

    if error in THROUGH:
        with pytest.raises(error):
            loop.run_until_complete(main())
    else:
        task = loop.run_until_complete(main())
        assert type(task.exception()) is error
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))


@every
def test_raised_by_the_exception_handler(loop, error):
    def handler(loop, context):
        raise error

    loop.set_exception_handler(handler)
    loop.call_soon(lambda: 1 / 0)
    with passes(error):
        loop.run_until_complete(asyncio.sleep(0))
    loop.set_exception_handler(lambda loop, context: None)
    loop.run_until_complete(asyncio.sleep(0))


class Raising(asyncio.Protocol):
    """Raises in one of its methods."""

    def __init__(self, where, error):
        self.where = where
        self.error = error
        self.transport = None
        self.calls = []

    def _call(self, name):
        self.calls.append(name)
        if name == self.where:
            raise self.error

    def connection_made(self, transport):
        self.transport = transport
        self._call("connection_made")

    def data_received(self, data):
        self._call("data_received")

    def eof_received(self):
        self._call("eof_received")

    def pause_writing(self):
        self._call("pause_writing")

    def resume_writing(self):
        self._call("resume_writing")

    def connection_lost(self, exc):
        self._call("connection_lost")


class RaisingBuffered(Raising, asyncio.BufferedProtocol):
    def get_buffer(self, sizehint):
        self._call("get_buffer")
        return bytearray(100)

    def buffer_updated(self, n):
        self._call("buffer_updated")


METHODS = [
    (Raising, "connection_made"),
    (Raising, "data_received"),
    (Raising, "eof_received"),
    (Raising, "pause_writing"),
    (Raising, "resume_writing"),
    (Raising, "connection_lost"),
    (RaisingBuffered, "get_buffer"),
    (RaisingBuffered, "buffer_updated"),
]


@every
@pytest.mark.parametrize(("kind", "where"), METHODS, ids=[name for _, name in METHODS])
def test_raised_by_a_protocol(loop, reports, kind, where, error):
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    left.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    protocol = kind(where, error)

    async def main():
        transport, _ = await loop.create_connection(lambda: protocol, sock=left)
        transport.set_write_buffer_limits(0)
        transport.write(bytes(50_000))
        await asyncio.sleep(0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                left_to_come = 50_000
                while left_to_come and (data := await loop.sock_recv(right, 8000)):
                    left_to_come -= len(data)
        with contextlib.suppress(OSError):
            right.send(b"x")
            right.shutdown(socket.SHUT_WR)
        for _ in range(5):
            await asyncio.sleep(0)

    with right, contextlib.suppress(*THROUGH):
        loop.run_until_complete(main())
    with contextlib.suppress(*THROUGH):
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.001))
    if protocol.transport is not None:
        with contextlib.suppress(*THROUGH):
            with contextlib.suppress(AttributeError):  # asyncio's own, once it is lost
                protocol.transport.abort()
            loop.run_until_complete(asyncio.sleep(0))
            loop.run_until_complete(asyncio.sleep(0))
    assert where in protocol.calls
    assert protocol.calls.count("connection_lost") == 1
    assert left.fileno() == -1


@every
def test_raised_by_what_is_awaited(run, error):
    class Awaitable:
        def __await__(self):
            raise error
            yield

    async def main():
        await Awaitable()

    with pytest.raises(error):
        run(main)
