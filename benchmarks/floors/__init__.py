"""Floors: the cheapest server of a kind that can be thought of, in the place of a loop.

`floor-c` is an echo server in C, and so what the kernel takes. `floor-python` is the same loop in C
that calls a Python Protocol for each message, and so what no event loop for Protocols can go below.
They are processes of their own, started by a measured process on the CPU that it is pinned to.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.compiler import compiled
from benchmarks.processes import cpu_ns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from benchmarks.workload import Meter

HERE = Path(__file__).parent
KINDS = ("protocol", "unix")  # the echo rows they can serve
BACKLOG = 1024
CALL = """
import sys
sys.path.insert(0, sys.argv[1])
import calling
from benchmarks.macro.echo_protocol import Echo
calling.serve(int(sys.argv[2]), Echo)
"""


@dataclass(frozen=True, slots=True)
class Floor:
    """A server that runs.

    Attributes:
        target: Where its clients find it.
        pid: Its process.
    """

    target: int | str
    pid: int

    def cpu_ns(self) -> int:
        return cpu_ns(self.pid)


def start(floor: str, listening: socket.socket) -> subprocess.Popen[bytes]:
    fd = listening.fileno()
    return subprocess.Popen([*program(floor), str(fd)], pass_fds=[fd])


def program(floor: str) -> list[str]:
    """Return the command of a floor, compiled where need be, without the descriptor it listens on.

    Raises:
        Unavailable: There is no C compiler.
    """
    if floor == "floor-c":
        return [str(compiled(HERE / "kernel.c", "floor_kernel"))]
    name = f"floor_calling-{sys.implementation.cache_tag}{sysconfig.get_config_var('abiflags')}"
    options = ["-shared", "-fPIC", f"-I{sysconfig.get_path('include')}"]
    module = compiled(HERE / "calling.c", f"{name}/calling.so", *options)
    return [sys.executable, "-c", CALL, str(module.parent)]


@contextmanager
def metered(meter: Meter, reading: str, operations: int, floor: Floor) -> Iterator[None]:
    """Note the CPU nanoseconds that the floor uses for one operation of the block."""
    before_ns = floor.cpu_ns()
    yield
    meter.note(reading, (floor.cpu_ns() - before_ns) / operations)


@asynccontextmanager
async def running(floor: str, kind: str) -> AsyncIterator[Floor]:
    """Run a floor in the block: "protocol" on TCP, "unix" on a Unix socket."""
    with tempfile.TemporaryDirectory() as folder:
        listening, target = listen(kind, Path(folder))
        with listening:
            process = await asyncio.to_thread(start, floor, listening)
        try:
            yield Floor(target, process.pid)
        finally:
            process.kill()
            process.wait()


def listen(kind: str, folder: Path) -> tuple[socket.socket, int | str]:
    """Return a listening socket, and what clients call it."""
    if kind == "unix":
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(folder / "echo"))
        listening.listen(BACKLOG)
        return listening, f"unix:{folder / 'echo'}"
    listening = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    port: int = listening.getsockname()[1]
    return listening, port
