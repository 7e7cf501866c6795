"""websockets' server and client talk to each other on one loop."""

import asyncio
import contextlib

import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import broadcast, serve
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK


@contextlib.asynccontextmanager
async def connected(handler, ssl=None, trust=None, **options):
    """A server with ``handler`` and one client connected to it."""
    async with serve(handler, "127.0.0.1", 0, ssl=ssl, **options) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"{'wss' if ssl else 'ws'}://localhost:{port}", ssl=trust) as client:
            yield client


async def echo(connection):
    async for message in connection:
        await connection.send(message)


def test_messages_are_echoed_in_order(run):
    async def main():
        async with connected(echo) as client:
            for number in range(100):
                await client.send(str(number))
            return [await client.recv() for _ in range(100)]

    assert run(main) == [str(number) for number in range(100)]


@pytest.mark.parametrize("compression", ["deflate", None])
def test_a_large_message_comes_back_whole(run, compression):
    message = bytes(range(256)) * 3_000

    async def main():
        async with connected(echo, compression=compression) as client:
            await client.send(message)
            return await client.recv()

    assert run(main) == message


def test_a_fragmented_message_is_put_together(run):
    async def main():
        async def produce():
            for number in range(10):
                yield str(number)
                await asyncio.sleep(0)

        async with connected(echo) as client:
            await client.send(produce())
            return await client.recv()

    assert run(main) == "0123456789"


def test_a_ping_is_answered(run):
    async def main():
        async with connected(echo) as client:
            return await (await client.ping())

    assert run(main) >= 0


def test_the_close_code_and_reason_arrive(run):
    async def main():
        async def leave(connection):
            await connection.close(1001, "going away")

        async with connected(leave) as client:
            with pytest.raises(ConnectionClosedOK) as caught:
                await client.recv()
        return caught.value.rcvd.code, caught.value.rcvd.reason

    assert run(main) == (1001, "going away")


def test_a_failing_handler_closes_with_an_error(run):
    async def main():
        async def fail(connection):
            raise OSError("handler failed")

        async with connected(fail) as client:
            with pytest.raises(ConnectionClosedError) as caught:
                await client.recv()
        return caught.value.rcvd.code

    assert run(main) == 1011


def test_a_cancelled_recv_loses_no_message(run):
    async def main():
        async with connected(echo) as client:
            receiving = asyncio.create_task(client.recv())
            await asyncio.sleep(0)
            receiving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await receiving
            await client.send("after")
            return await client.recv()

    assert run(main) == "after"


def test_a_broadcast_reaches_every_client(run):
    async def main():
        connections = set()
        everybody = asyncio.Event()

        async def join(connection):
            connections.add(connection)
            if len(connections) == 20:
                everybody.set()
            await connection.wait_closed()

        async with serve(join, "127.0.0.1", 0) as server, contextlib.AsyncExitStack() as stack:
            port = server.sockets[0].getsockname()[1]
            clients = [
                await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}"))
                for _ in range(20)
            ]
            await everybody.wait()
            broadcast(connections, "news")
            return [await client.recv() for client in clients]

    assert run(main) == ["news"] * 20


def test_closing_the_server_closes_its_connections(run):
    async def main():
        async with serve(echo, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with connect(f"ws://127.0.0.1:{port}") as client:
                server.close()
                await server.wait_closed()
                with pytest.raises(websockets.ConnectionClosed) as caught:
                    await client.recv()
        return caught.value.rcvd.code

    assert run(main) == 1001


def test_over_tls(run, certificate):
    message = "x" * 200_000

    async def main():
        async with connected(
            echo, ssl=certificate.server_context(), trust=certificate.client_context()
        ) as client:
            await client.send(message)
            return await client.recv()

    assert run(main) == message
