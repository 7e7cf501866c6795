"""A real server as a child process: found, started, waited for and stopped.

Knows nothing of a particular server; redis_server.py and postgres_server.py do.
"""

import contextlib
import glob
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

READY_WITHIN_S = 60
STOPPED_WITHIN_S = 30


class ServerMissingError(Exception):
    """No program of that name is installed."""


def find_program(name, *directories):
    """The path of program ``name``, looked for in ``directories`` (glob patterns) and on PATH.

    Raises:
        ServerMissingError: It is in none of these places.
    """
    places = [place for pattern in directories for place in sorted(glob.glob(pattern))]
    for path in (*reversed(places), None):
        if found := shutil.which(name, path=path):
            return Path(found)
    raise ServerMissingError(f"The program {name!r} is not installed.")


def free_port():
    """A TCP port of loopback that nobody listened on a moment ago.

    None of those that the system gives away by itself: another test run has its own in a moment.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@contextlib.contextmanager
def running(command, *, is_ready, stop_signal=signal.SIGTERM, **popen_options):
    """Run ``command`` until the block is left; enter the block when ``is_ready()`` says so.

    Raises:
        RuntimeError: The server ended, or was not ready in time; the text has its output.
    """
    with tempfile.TemporaryFile("w+") as said:  # a pipe that nobody reads would stop it in time
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, **popen_options)
        try:
            _wait_until(is_ready, process, said)
            yield
        finally:
            process.send_signal(stop_signal)
            try:
                process.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until(is_ready, process, said):
    deadline_s = time.monotonic() + READY_WITHIN_S
    while not is_ready():
        if process.poll() is None and time.monotonic() < deadline_s:
            time.sleep(0.01)
            continue
        process.kill()
        process.wait()
        said.seek(0)
        raise RuntimeError(f"{process.args[0]} did not get ready. It said:\n{said.read()}")
