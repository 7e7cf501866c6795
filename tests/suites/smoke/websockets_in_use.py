"""websockets as services use it, for a while: its distribution lacks the tests of its connections.

Not collected by name; the catalogue hands it to pytest. Everything here is healthy, rude peers
included, so trueloop has nothing to say. Runs are seeded.
"""

import asyncio
import contextlib
import random

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import broadcast, serve
from websockets.exceptions import ConnectionClosed

CLIENTS = 30
SEEDS = range(5)


async def echo(socket):
    async for message in socket:
        await socket.send(message)


@contextlib.asynccontextmanager
async def serving(handler, **options):
    async with serve(handler, "127.0.0.1", 0, **options) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("seed", SEEDS)
def test_crowd_of_clients_echoes(seed):
    async def client(url, rng):
        async with connect(url, compression=rng.choice([None, "deflate"])) as socket:
            for _ in range(20):
                message = rng.choice(["a", b"b"]) * rng.randrange(1, 20_000)
                await socket.send(message)
                assert await socket.recv() == message
                if rng.random() < 0.2:
                    await (await socket.ping())

    async def main():
        async with serving(echo) as url, asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                group.create_task(client(url, random.Random(seed * 1000 + number)))

    asyncio.run(main())


@pytest.mark.parametrize("seed", SEEDS)
def test_receivers_are_cancelled_at_any_moment(seed):
    rng = random.Random(seed)

    async def chatter(socket):
        with contextlib.suppress(ConnectionClosed):
            for number in range(200):
                await socket.send(str(number))
                await asyncio.sleep(0.002)

    async def receive_all(url):
        async with connect(url) as socket:
            async for _ in socket:
                pass

    async def main():
        async with serving(chatter) as url:
            tasks = [asyncio.create_task(receive_all(url)) for _ in range(CLIENTS)]
            for task in tasks:
                await asyncio.sleep(rng.random() * 0.01)
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    asyncio.run(main())


@pytest.mark.parametrize("seed", SEEDS)
def test_impatient_clients_time_out(seed):
    rng = random.Random(seed)

    async def silent(socket):
        await socket.wait_closed()

    async def client(url):
        async with connect(url) as socket:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(rng.random() * 0.05):
                    await socket.recv()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(socket.recv(), rng.random() * 0.05)

    async def main():
        async with serving(silent) as url:
            await asyncio.gather(*(client(url) for _ in range(CLIENTS)))

    asyncio.run(main())


def test_rude_peers_vanish():
    async def main():
        async with serving(echo, ping_interval=0.05, ping_timeout=0.1) as url:
            for _ in range(CLIENTS):
                socket = await connect(url)
                await socket.send("hello")
                socket.transport.abort()
                await socket.wait_closed()
            await asyncio.sleep(0.3)

    asyncio.run(main())


def test_broadcasts_reach_all():
    present = set()
    all_there = asyncio.Event()

    async def listen(socket):
        present.add(socket)
        if len(present) == CLIENTS:
            all_there.set()
        try:
            await socket.wait_closed()
        finally:
            present.discard(socket)

    async def client(url):
        async with connect(url) as socket:
            return [await socket.recv() for _ in range(50)]

    async def main():
        async with serving(listen) as url:
            clients = [asyncio.create_task(client(url)) for _ in range(CLIENTS)]
            await all_there.wait()
            for number in range(50):
                broadcast(present, str(number))
                await asyncio.sleep(0)
            wanted = [str(number) for number in range(50)]
            assert await asyncio.gather(*clients) == [wanted] * CLIENTS

    asyncio.run(main())


def test_server_closes_while_clients_are_busy():
    async def client(url):
        async with connect(url) as socket:
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await socket.send("x" * 1000)
                    await socket.recv()

    async def main():
        async with contextlib.AsyncExitStack() as stack:
            url = await stack.enter_async_context(serving(echo))
            clients = [asyncio.create_task(client(url)) for _ in range(CLIENTS)]
            await asyncio.sleep(0.3)
            await stack.aclose()
            await asyncio.gather(*clients)

    asyncio.run(main())
