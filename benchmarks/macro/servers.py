"""Other people's servers, as child processes on loopback: made ready, and stopped afterwards."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.workload import program

READY_WITHIN_S = 30
LOOK_EACH_S = 0.01
POSTGRES_USER = "postgres"
POSTGRES_PLACES = "/usr/lib/postgresql/*/bin"


@contextmanager
def running(
    command: Sequence[str | Path],
    is_ready: Callable[[], bool],
    *,
    stop: signal.Signals = signal.SIGTERM,
    **options: Any,
) -> Iterator[None]:
    """Run a server in the block.

    Raises:
        TimeoutError: It ended, or was not ready in time.
    """
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        give_up_s = time.monotonic() + READY_WITHIN_S
        while not is_ready():
            if process.poll() is not None or time.monotonic() > give_up_s:
                raise TimeoutError(f"{Path(command[0]).name} did not get ready")
            time.sleep(LOOK_EACH_S)
        yield
    finally:
        process.send_signal(stop)
        process.wait()


def free_port() -> int:
    """Return a port of loopback that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def redis() -> Iterator[int]:
    """Run a redis server that keeps nothing; yield its port.

    Raises:
        Unavailable: It is not installed.
    """
    redis_server = program("redis-server")
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        port = free_port()
        command = [redis_server, "--bind", "127.0.0.1", "--port", str(port)]
        command += ["--save", "", "--dir", folder]
        with running(command, lambda: listens(port)):
            yield port


def _identity() -> Mapping[str, Any]:
    """How PostgreSQL is to be started: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get(POSTGRES_USER) or known["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def postgres() -> Iterator[int]:
    """Run PostgreSQL on a new cluster; yield its port. The user is postgres, without a password.

    Raises:
        Unavailable: It is not installed.
    """
    initdb, server = (program(name, POSTGRES_PLACES) for name in ("initdb", "postgres"))
    identity = _identity()
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if identity:
            os.chown(folder, identity["user"], identity["group"])
        cluster = Path(folder, "cluster")
        making: list[str | Path] = [
            initdb,
            "-D",
            cluster,
            "-U",
            POSTGRES_USER,
            "-A",
            "trust",
            "--no-sync",
        ]
        subprocess.run(
            [*making, "-E", "UTF8", "--locale", "C"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **identity,
        )
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",
            "shared_buffers": "16MB",
            "autovacuum": "off",
        }
        command: list[str | Path] = [server, "-D", cluster]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        status = cluster / "postmaster.pid"

        def says_ready() -> bool:
            return status.exists() and status.read_text().rstrip().endswith("ready")

        with running(command, says_ready, stop=signal.SIGINT, cwd=folder, **identity):
            yield port
