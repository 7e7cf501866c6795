"""redis-py's asyncio client against a real redis server."""

import asyncio
import contextlib

import pytest
import redis.asyncio
from redis.exceptions import ResponseError


@pytest.fixture
def connected(redis_address):
    """``async with connected() as client``: a client on an emptied database."""

    @contextlib.asynccontextmanager
    async def connect(**options):
        async with redis.asyncio.Redis(
            host="127.0.0.1", port=redis_address.port, decode_responses=True, **options
        ) as client:
            await client.flushall()
            yield client

    return connect


async def until_blocked(client):
    """Return when the server says that a client waits in a blocking command."""
    while (await client.info("clients"))["blocked_clients"] == 0:
        pass


def test_values_are_set_and_read(run, connected):
    async def main():
        async with connected() as client:
            await client.set("key", "value")
            await client.hset("hash", mapping={"a": "1", "b": "2"})
            return await client.get("key"), await client.hgetall("hash"), await client.get("none")

    assert run(main) == ("value", {"a": "1", "b": "2"}, None)


def test_a_megabyte_comes_back_whole(run, connected):
    value = "0123456789abcdef" * 65536

    async def main():
        async with connected() as client:
            await client.set("large", value)
            return await client.get("large")

    assert run(main) == value


def test_many_tasks_share_the_pool(run, connected):
    async def main():
        async with connected() as client:

            async def count(number):
                await client.set(f"key {number}", number)
                return int(await client.get(f"key {number}"))

            return await asyncio.gather(*(count(number) for number in range(100)))

    assert run(main) == list(range(100))


def test_a_pipeline_answers_in_order(run, connected):
    async def main():
        async with connected() as client, client.pipeline(transaction=True) as pipeline:
            for number in range(100):
                pipeline.rpush("list", number)
            pipeline.lrange("list", 0, 2)
            return (await pipeline.execute())[-2:]

    assert run(main) == [100, ["0", "1", "2"]]


def test_an_error_of_the_server_is_raised_and_the_connection_stays_good(run, connected):
    async def main():
        async with connected(single_connection_client=True) as client:
            await client.set("text", "no number")
            with pytest.raises(ResponseError, match="value is not an integer"):
                await client.incr("text")
            return await client.ping()

    assert run(main) is True


def test_published_messages_reach_the_subscriber(run, connected):
    async def main():
        async with connected() as client, client.pubsub() as channel:
            await channel.subscribe("news")
            messages = channel.listen()
            assert (await anext(messages))["type"] == "subscribe"
            for number in range(3):
                await client.publish("news", f"message {number}")
            return [(await anext(messages))["data"] for _ in range(3)]

    assert run(main) == ["message 0", "message 1", "message 2"]


def test_a_blocking_pop_waits_for_a_push(run, connected):
    async def main():
        async with connected() as client:
            waiting = asyncio.create_task(client.blpop("queue"))
            await until_blocked(client)
            await client.rpush("queue", "item")
            return await waiting

    assert list(run(main)) == ["queue", "item"]


def test_a_cancelled_blocking_pop_takes_nothing(run, connected):
    async def main():
        async with connected() as client:
            waiting = asyncio.create_task(client.blpop("queue"))
            await until_blocked(client)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await client.rpush("queue", "item")
            return await client.lpop("queue")

    assert run(main) == "item"


def test_a_timeout_ends_a_blocking_pop(run, connected):
    async def main():
        async with connected() as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await client.blpop("queue")
            return await client.ping()

    assert run(main) is True


def test_over_tls(run, redis_address, certificate, tmp_path):
    authority = certificate.write_to(tmp_path).authority

    async def main():
        async with redis.asyncio.Redis(
            host="localhost", port=redis_address.tls_port, ssl=True, ssl_ca_certs=str(authority)
        ) as client:
            await client.set("key", b"x" * 100_000)
            return len(await client.get("key"))

    assert run(main) == 100_000


def test_over_a_unix_socket(run, redis_address):
    async def main():
        async with redis.asyncio.Redis(unix_socket_path=str(redis_address.socket_path)) as client:
            return await client.ping()

    assert run(main) is True
