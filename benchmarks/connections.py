"""One loop holds ten thousand open connections, each echoing: what does one cost?

`python -m benchmarks.connections` prints the loop process's memory for each connection (the
kernel's socket buffers are not in it) and exits with 1 if one of them did not echo or did not
close.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import time
from collections.abc import Sequence

from benchmarks.load import load
from benchmarks.macro.echo_protocol import Echo
from benchmarks.macro.echoing import KIB
from benchmarks.memory import resident_kib
from benchmarks.peers import PEERS

BACKLOG = 4096
SOURCES = 8
SPARE_FILES = 200
PATIENCE_S = 60


class Crowd:
    """The connections that are open."""

    def __init__(self) -> None:
        self.present = 0
        self.most = 0
        self.empty = asyncio.Event()

    def enter(self) -> None:
        self.present += 1
        self.most = max(self.most, self.present)
        self.empty.clear()

    def leave(self) -> None:
        self.present -= 1
        if not self.present:
            self.empty.set()


class Member(Echo):
    """An echo that is counted."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._crowd.enter()

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.leave()


def allow_files(wanted: int) -> bool:
    """Raise this process's limit of open files; return whether it now admits so many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard == resource.RLIM_INFINITY or hard >= wanted


async def hold(connections: int) -> bool:
    """Open the connections, echo twice over each, close them; print what was seen."""
    crowd = Crowd()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Member(crowd), "127.0.0.1", 0, backlog=BACKLOG)
    port = server.sockets[0].getsockname()[1]
    before_kib = resident_kib()
    started = time.monotonic()
    async with load(
        port, connections=connections, size_bytes=KIB, warm_up=1, sources=SOURCES
    ) as client:
        opened_s = time.monotonic() - started
        open_kib = resident_kib()
        await client.exchange(connections)
    await asyncio.wait_for(crowd.empty.wait(), PATIENCE_S)
    server.close()
    after_kib = resident_kib()
    each_bytes = (open_kib - before_kib) * 1024 / connections
    print(
        f"{crowd.most:,} connections open at once, every byte of {connections:,} messages compared "
        f"and {connections:,} more echoed.\n"
        f"Opened and echoed in {opened_s:.2f} s; {each_bytes:,.0f} bytes for each connection "
        f"({before_kib / 1024:.1f} MiB before, {open_kib / 1024:.1f} open, "
        f"{after_kib / 1024:.1f} after)."
    )
    return crowd.most == connections


def command(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.connections", description=__doc__)
    parser.add_argument("--peer", default="trueloop", choices=PEERS, help="the loop")
    parser.add_argument("--connections", type=int, default=10_000, help="how many")
    options = parser.parse_args(given)
    if not allow_files(options.connections + SPARE_FILES):
        print(
            f"{options.connections} connections need a higher limit of open files (ulimit -Hn).",
            file=sys.stderr,
        )
        return 2
    with asyncio.Runner(loop_factory=PEERS[options.peer].new_event_loop) as runner:
        return 0 if runner.run(hold(options.connections)) else 1


if __name__ == "__main__":
    raise SystemExit(command())
