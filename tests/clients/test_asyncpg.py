"""asyncpg against a real PostgreSQL server."""

import asyncio
import contextlib
import datetime as dt
import decimal
import io

import asyncpg
import pytest


@pytest.fixture
def connected(postgres_address):
    """``async with connected() as connection``: one connection, over TCP unless told otherwise."""

    @contextlib.asynccontextmanager
    async def connect(**options):
        connection = await asyncpg.connect(**address(postgres_address), **{"ssl": False, **options})
        try:
            yield connection
        finally:
            await connection.close()

    return connect


def address(postgres_address):
    return {
        "host": "127.0.0.1",
        "port": postgres_address.port,
        "user": postgres_address.user,
        "database": postgres_address.database,
    }


def test_values_travel_in_their_types(run, connected):
    sent = (42, "text", b"bytes", True, None, decimal.Decimal("1.50"), dt.date(2024, 2, 29))

    async def main():
        async with connected() as connection:
            return await connection.fetchrow(
                "select $1::int, $2::text, $3::bytea, $4::bool, $5::text, $6::numeric, $7::date",
                *sent,
            )

    assert tuple(run(main)) == sent


def test_a_large_result_comes_back_whole(run, connected):
    async def main():
        async with connected() as connection:
            rows = await connection.fetch(
                "select n, repeat('x', 100) from generate_series(1, 20000) n"
            )
            return len(rows), rows[-1]["n"], sum(len(row[1]) for row in rows)

    assert run(main) == (20_000, 20_000, 2_000_000)


def test_a_prepared_statement_runs_again_and_again(run, connected):
    async def main():
        async with connected() as connection:
            statement = await connection.prepare("select $1::int * $1::int")
            return [await statement.fetchval(number) for number in range(100)]

    assert run(main) == [number * number for number in range(100)]


def test_an_error_rolls_its_transaction_back(run, connected):
    async def main():
        async with connected() as connection:
            await connection.execute("create temp table kept (n int primary key)")

            async def insert_twice():
                async with connection.transaction():
                    await connection.execute("insert into kept values (1)")
                    await connection.execute("insert into kept values (1)")

            with pytest.raises(asyncpg.UniqueViolationError):
                await insert_twice()
            async with connection.transaction():
                await connection.execute("insert into kept values (2)")
            return await connection.fetch("select n from kept")

    assert [row["n"] for row in run(main)] == [2]


def test_rows_are_copied_in_and_out(run, connected):
    async def main():
        async with connected() as connection:
            await connection.execute("create temp table copied (n int, name text)")
            records = [(number, f"name {number}") for number in range(5000)]
            await connection.copy_records_to_table("copied", records=records)
            out = io.BytesIO()
            await connection.copy_from_query("select n from copied order by n", output=out)
            return out.getvalue().split()

    assert run(main) == [str(number).encode() for number in range(5000)]


def test_a_cursor_fetches_as_it_is_iterated(run, connected):
    async def main():
        async with connected() as connection, connection.transaction():
            cursor = connection.cursor("select generate_series(1, 1000)", prefetch=10)
            return sum([row[0] async for row in cursor])

    assert run(main) == 500_500


def test_notifications_reach_the_listener(run, connected):
    async def main():
        async with connected() as listener, connected() as sender:
            payloads = asyncio.Queue()
            await listener.add_listener("news", lambda *args: payloads.put_nowait(args[-1]))
            for number in range(3):
                await sender.execute(f"notify news, 'payload {number}'")
            return [await payloads.get() for _ in range(3)]

    assert run(main) == ["payload 0", "payload 1", "payload 2"]


def test_a_pool_bounds_how_many_connections_work_at_once(run, postgres_address):
    async def main():
        busy, most = 0, 0
        meeting = asyncio.Barrier(4)

        async def query(pool, number):
            nonlocal busy, most
            async with pool.acquire() as connection:
                busy += 1
                most = max(most, busy)
                await meeting.wait()
                value = await connection.fetchval("select $1::int", number)
                busy -= 1
                return value

        async with asyncpg.create_pool(
            **address(postgres_address), ssl=False, min_size=1, max_size=4
        ) as pool:
            values = await asyncio.gather(*(query(pool, number) for number in range(40)))
        return values, most

    values, most = run(main)
    assert values == list(range(40))
    assert most == 4


def test_a_cancelled_query_is_cancelled_on_the_server(run, connected):
    async def main():
        async with connected() as connection, connected() as observer:
            backend = connection.get_server_pid()

            async def states():
                return await observer.fetchval(
                    "select state from pg_stat_activity where pid = $1", backend
                )

            query = asyncio.create_task(connection.execute("select pg_sleep(600)"))
            while await states() != "active":
                pass
            query.cancel()
            with pytest.raises(asyncio.CancelledError):
                await query
            return await connection.fetchval("select 42")

    assert run(main) == 42


def test_a_query_that_takes_too_long_times_out(run, connected):
    async def main():
        async with connected() as connection:
            with pytest.raises(TimeoutError):
                await connection.execute("select pg_sleep(600)", timeout=0.05)
            return await connection.fetchval("select 42")

    assert run(main) == 42


def test_over_tls(run, connected, certificate):
    async def main():
        async with connected(ssl=certificate.client_context()) as connection:
            encrypted = await connection.fetchval(
                "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
            )
            return encrypted, await connection.fetchval("select repeat('x', 1000000)")

    encrypted, text = run(main)
    assert encrypted
    assert len(text) == 1_000_000


def test_over_a_unix_socket(run, postgres_address):
    async def main():
        connection = await asyncpg.connect(
            **{**address(postgres_address), "host": str(postgres_address.socket_directory)}
        )
        try:
            return await connection.fetchval("select inet_client_addr() is null")
        finally:
            await connection.close()

    assert run(main) is True
