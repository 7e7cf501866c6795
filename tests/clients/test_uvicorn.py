"""uvicorn serves a FastAPI application on either loop, within a program and from its command."""

import asyncio
import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
import uvicorn
import websockets

from tests.clients import fastapi_app

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def serve(loop_path):
    """``with serve(**options) as port``: uvicorn in a thread, on a loop it makes by itself."""

    @contextlib.contextmanager
    def serve_app(**options):
        config = uvicorn.Config(
            fastapi_app.app, loop=loop_path, lifespan="on", log_level="warning", **options
        )
        server = uvicorn.Server(config)
        listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
            listener.close()

    return serve_app


@pytest.fixture(params=["h11", "httptools"])
def http(request):
    """The HTTP protocol class that uvicorn uses."""
    return request.param


def test_requests_are_served_on_the_loop_asked_for(serve, http, loop_path):
    with serve(http=http) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        answer = client.get("/loop").json()
        assert answer == {"loop": loop_path.partition(":")[0], "state": "ready"}
        assert client.get("/thread").json() == {"in_main_thread": False}
        assert client.get("/fails").status_code == 418


def test_large_bodies_come_back_whole(serve, http):
    body = bytes(range(256)) * 20_000
    with serve(http=http) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.post("/echo", content=body).content == body


def test_a_streamed_answer_arrives_in_order(serve, http):
    with serve(http=http) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        lines = client.get("/stream/500").text.splitlines()
    assert lines == [f"chunk {number}" for number in range(500)]


def test_a_background_task_runs_after_the_answer(serve, http, loop_path):
    name = f"{loop_path} {http}"
    with serve(http=http) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/later", params={"name": name}).json() == {"accepted": name}
    assert name in fastapi_app.requests_finished


def test_many_clients_at_once(serve, http, run):
    async def main(port):
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

            async def ask(number):
                answer = await client.post("/echo", content=str(number).encode())
                return int(answer.content)

            return await asyncio.gather(*(ask(number) for number in range(100)))

    with serve(http=http) as port:
        assert run(main, port) == list(range(100))


def test_websockets_are_served(serve, run):
    async def main(port):
        async with websockets.connect(f"ws://127.0.0.1:{port}/websocket") as client:
            for number in range(10):
                await client.send(str(number))
                assert await client.recv() == f"echo {number}"

    with serve(ws="websockets-sansio") as port:
        run(main, port)


def test_over_tls(serve, http, certificate, tmp_path):
    files = certificate.write_to(tmp_path)
    with (
        serve(http=http, ssl_certfile=files.chain, ssl_keyfile=files.key) as port,
        httpx2.Client(verify=certificate.client_context()) as client,
    ):
        body = bytes(200_000)
        assert client.post(f"https://localhost:{port}/echo", content=body).content == body


@pytest.mark.parametrize("stop_signal", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_signalled(loop_path, stop_signal):
    command = [sys.executable, "-m", "uvicorn", "tests.clients.fastapi_app:app"]
    command += ["--loop", loop_path, "--port", "0", "--no-use-colors"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if "Uvicorn running on" in line:
                    break
            address = re.search(r"http://[\d.]+:\d+", said[-1])[0]
            answer = httpx2.get(f"{address}/loop").json()
            assert answer == {"loop": loop_path.partition(":")[0], "state": "ready"}
            process.send_signal(stop_signal)
            rest, _ = process.communicate()
        finally:
            process.kill()
    assert "Application shutdown complete." in rest
    assert "Traceback" not in rest
    assert process.returncode in (0, -stop_signal), rest
