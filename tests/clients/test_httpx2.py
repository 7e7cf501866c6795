"""httpx2's asynchronous client against a small server written with asyncio's streams."""

import asyncio
import contextlib

import httpx2
import pytest

from tests.clients import fastapi_app


@contextlib.asynccontextmanager
async def serving(answer, ssl=None):
    """A server that gives each request to ``answer(path, reader, writer)``; gives its base URL."""
    handlers = set()

    async def handle(reader, writer):
        handlers.add(asyncio.current_task())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await answer(head.split()[1].decode(), reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(handle, "127.0.0.1", 0, ssl=ssl) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if ssl else 'http'}://localhost:{port}"
        # The client has left by now, so that every handler finds its connection closed.
        await asyncio.gather(*handlers)


async def say_path(path, reader, writer):
    body = path.encode()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    await writer.drain()


def test_a_request_is_answered(run):
    async def main():
        async with serving(say_path) as url, httpx2.AsyncClient(base_url=url) as client:
            response = await client.get("/here")
            return response.status_code, response.text

    assert run(main) == (200, "/here")


def test_many_requests_share_a_small_pool(run):
    async def main():
        limits = httpx2.Limits(max_connections=5)
        async with (
            serving(say_path) as url,
            httpx2.AsyncClient(base_url=url, limits=limits) as client,
        ):
            answers = await asyncio.gather(*(client.get(f"/{number}") for number in range(100)))
            return [answer.text for answer in answers]

    assert run(main) == [f"/{number}" for number in range(100)]


def test_an_answer_is_read_as_it_streams_in(run):
    async def main():
        async def stream(path, reader, writer):
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number in range(100):
                chunk = b"line %d\n" % number
                writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                await writer.drain()
            writer.write(b"0\r\n\r\n")

        async with (
            serving(stream) as url,
            httpx2.AsyncClient(base_url=url) as client,
            client.stream("GET", "/") as response,
        ):
            return [line async for line in response.aiter_lines()]

    assert run(main) == [f"line {number}" for number in range(100)]


def test_a_cancelled_request_closes_its_connection_and_frees_its_place(run):
    async def main():
        entered, closed = asyncio.Event(), asyncio.Event()

        async def hang_or_say(path, reader, writer):
            if path == "/hang":
                entered.set()
                assert await reader.read() == b""
                closed.set()
            else:
                await say_path(path, reader, writer)

        limits = httpx2.Limits(max_connections=1)
        async with (
            serving(hang_or_say) as url,
            httpx2.AsyncClient(base_url=url, limits=limits) as client,
        ):
            request = asyncio.create_task(client.get("/hang"))
            await entered.wait()
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            await closed.wait()
            return (await client.get("/next")).text

    assert run(main) == "/next"


def test_a_timeout_around_a_request_closes_its_connection(run):
    async def main():
        closed = asyncio.Event()

        async def hang(path, reader, writer):
            assert await reader.read() == b""
            closed.set()

        async with serving(hang) as url, httpx2.AsyncClient(base_url=url) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.get("/")
            await closed.wait()

    run(main)


def test_its_own_read_timeout(run):
    async def main():
        async def hang(path, reader, writer):
            assert await reader.read() == b""

        async with serving(hang) as url, httpx2.AsyncClient(base_url=url, timeout=0.05) as client:
            with pytest.raises(httpx2.ReadTimeout):
                await client.get("/")

    run(main)


def test_a_refused_connection_says_so(run):
    async def main():
        async with serving(say_path) as url:
            pass
        async with httpx2.AsyncClient() as client:
            with pytest.raises(httpx2.ConnectError):
                await client.get(url)

    run(main)


def test_over_tls(run, certificate):
    async def main():
        async with (
            serving(say_path, ssl=certificate.server_context()) as url,
            httpx2.AsyncClient(base_url=url, verify=certificate.client_context()) as client,
        ):
            return (await client.get("/secret")).text

    assert run(main) == "/secret"


def test_a_foreign_certificate_is_refused(run, certificate):
    async def main():
        async with (
            serving(say_path, ssl=certificate.server_context()) as url,
            httpx2.AsyncClient(base_url=url) as client,
        ):
            with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.get("/secret")

    run(main)


def test_an_application_in_the_same_process(run):
    async def main():
        transport = httpx2.ASGITransport(fastapi_app.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://app") as client:
            answers = await asyncio.gather(
                *(client.post("/echo", content=str(number)) for number in range(20))
            )
            return [answer.text for answer in answers]

    assert run(main) == [str(number) for number in range(20)]
