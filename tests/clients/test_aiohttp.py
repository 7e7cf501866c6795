"""aiohttp's server and client talk to each other on one loop."""

import asyncio
import contextlib

import aiohttp
import pytest
from aiohttp import web


@contextlib.asynccontextmanager
async def serving(*routes, ssl=None, **options):
    """Serve ``routes`` and give a client session whose requests go there."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, **options)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl)
        await site.start()
        port = runner.addresses[0][1]
        scheme = "https" if ssl else "http"
        async with aiohttp.ClientSession(f"{scheme}://localhost:{port}") as session:
            yield session
    finally:
        await runner.cleanup()


async def echo(request):
    return web.Response(body=await request.read())


def test_a_request_is_answered(run):
    async def main():
        async def hello(request):
            return web.json_response({"hello": request.match_info["name"]})

        async with (
            serving(web.get("/{name}", hello)) as session,
            session.get("/world") as response,
        ):
            return response.status, await response.json()

    assert run(main) == (200, {"hello": "world"})


def test_large_bodies_come_back_whole(run):
    body = bytes(range(256)) * 3_000

    async def main():
        async with (
            serving(web.post("/", echo)) as session,
            session.post("/", data=body) as response,
        ):
            return await response.read()

    assert run(main) == body


def test_a_chunked_upload_and_a_streamed_answer(run):
    async def main():
        async def count(request):
            response = web.StreamResponse()
            await response.prepare(request)
            async for chunk in request.content.iter_any():
                await response.write(f"{len(chunk)}\n".encode())
            return response

        async def produce():
            for _ in range(100):
                yield b"x" * 1000
                await asyncio.sleep(0)

        async with (
            serving(web.post("/", count)) as session,
            session.post("/", data=produce()) as response,
        ):
            return sum([int(line) async for line in response.content])

    assert run(main) == 100_000


def test_many_requests_share_the_connections(run):
    async def main():
        async with serving(web.post("/", echo)) as session:

            async def ask(number):
                async with session.post("/", data=str(number)) as response:
                    return int(await response.text())

            return await asyncio.gather(*(ask(number) for number in range(200)))

    assert run(main) == list(range(200))


def test_a_file_is_sent(run, tmp_path):
    content = bytes(range(256)) * 10_000
    path = tmp_path / "content.bin"
    path.write_bytes(content)

    async def main():
        async def send_file(request):
            return web.FileResponse(path)

        async with serving(web.get("/", send_file)) as session, session.get("/") as response:
            return await response.read()

    assert run(main) == content


def test_websocket_messages_in_both_directions(run):
    async def main():
        async def echo_messages(request):
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            async for message in socket:
                await socket.send_str(f"echo {message.data}")
            return socket

        async with (
            serving(web.get("/", echo_messages)) as session,
            session.ws_connect("/") as socket,
        ):
            answers = []
            for number in range(10):
                await socket.send_str(str(number))
                answers.append(await socket.receive_str())
            return answers

    assert run(main) == [f"echo {number}" for number in range(10)]


def test_a_client_that_gives_up_closes_its_connection(run):
    async def main():
        entered, closed = asyncio.Event(), asyncio.Event()

        async def hang(request):
            entered.set()
            try:
                await asyncio.Event().wait()
            finally:
                closed.set()

        async with serving(web.get("/", hang), handler_cancellation=True) as session:
            request = asyncio.create_task(session.get("/"))
            await entered.wait()
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            await closed.wait()

    run(main)


def test_a_slow_answer_times_out(run):
    async def main():
        async def hang(request):
            await released.wait()
            return web.Response()

        released = asyncio.Event()
        async with serving(web.get("/", hang)) as session:
            with pytest.raises(TimeoutError):
                await session.get("/", timeout=aiohttp.ClientTimeout(total=0.01))
            released.set()

    run(main)


def test_a_refused_connection_says_so(run):
    async def main():
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(f"http://127.0.0.1:{port}/")

    run(main)


def test_over_tls(run, certificate):
    body = bytes(200_000)

    async def main():
        async with (
            serving(web.post("/", echo), ssl=certificate.server_context()) as session,
            session.post("/", data=body, ssl=certificate.client_context()) as response,
        ):
            assert response.connection.transport.get_extra_info("ssl_object") is not None
            return await response.read()

    assert run(main) == body


def test_over_a_unix_socket(run, tmp_path):
    async def main():
        app = web.Application()
        app.add_routes([web.post("/", echo)])
        runner = web.AppRunner(app)
        await runner.setup()
        path = str(tmp_path / "server.sock")
        await web.UnixSite(runner, path).start()
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as session,
            session.post("http://localhost/", data=b"over a file") as response,
        ):
            body = await response.read()
        await runner.cleanup()
        return body

    assert run(main) == b"over a file"
