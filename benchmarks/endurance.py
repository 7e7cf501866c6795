"""Ten million tasks, timers and echoed messages on one loop: does memory stay flat?

`python -m benchmarks.endurance` prints the curve of the resident set and exits with 1 if it grows.
The whole run happens in one process on one loop, so what one part leaves behind burdens the next.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from benchmarks.load import load
from benchmarks.macro.echo_protocol import Echo
from benchmarks.macro.echoing import BACKLOG, KIB
from benchmarks.memory import drawn, growth_kib, is_flat, resident_kib
from benchmarks.peers import PEERS

CROWD = 1000
CONNECTIONS = 50
LONG_S = 3600


class Refused(Exception):
    """How the failing tasks fail."""


async def _nothing() -> None:
    pass


async def _fail() -> None:
    await asyncio.sleep(0)
    raise Refused


async def tasks(count: int) -> None:
    """Create so many tasks: half return at once, the rest sleep, fail or are cancelled."""
    for _ in range(count // CROWD):
        crowd = [asyncio.create_task(_nothing()) for _ in range(CROWD // 2)]
        crowd += [asyncio.create_task(asyncio.sleep(0)) for _ in range(CROWD // 4)]
        crowd += [asyncio.create_task(_fail()) for _ in range(CROWD // 8)]
        doomed = [asyncio.create_task(asyncio.sleep(LONG_S)) for _ in range(CROWD // 8)]
        await asyncio.sleep(0)
        for task in doomed:
            task.cancel()
        await asyncio.gather(*crowd, *doomed, return_exceptions=True)


async def timers(count: int) -> None:
    """Arm so many timers: half fire within a millisecond, half are cancelled."""
    loop = asyncio.get_running_loop()
    for _ in range(count // CROWD):
        fired = asyncio.Event()
        for number in range(CROWD // 2):
            loop.call_later(number * 1e-6, _keep_still)
        loop.call_later(CROWD * 1e-6, fired.set)
        armed = [loop.call_later(LONG_S, _keep_still) for _ in range(CROWD // 2 - 1)]
        for handle in armed:
            handle.cancel()
        await fired.wait()


def _keep_still() -> None:
    pass


async def messages(count: int) -> None:
    """Echo so many messages over fresh connections."""
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0, backlog=BACKLOG)
    port = server.sockets[0].getsockname()[1]
    async with load(port, connections=CONNECTIONS, size_bytes=KIB, warm_up=1) as client:
        await client.exchange(max(1, count - CONNECTIONS))
    server.close()
    await server.wait_closed()


PARTS: dict[str, Callable[[int], Awaitable[None]]] = {
    "tasks": tasks,
    "timers": timers,
    "messages": messages,
}


async def endure(part: Callable[[int], Awaitable[None]], count: int, batches: int) -> list[int]:
    """Do one part in batches and return the resident set after each, in KiB."""
    curve = []
    for _ in range(batches):
        await part(count // batches)
        await asyncio.sleep(0)
        curve.append(resident_kib())
    return curve


def command(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance", description=__doc__)
    parser.add_argument("--peer", default="trueloop", choices=PEERS, help="the loop")
    parser.add_argument("--count", type=int, default=10_000_000, help="how many of each")
    parser.add_argument("--batches", type=int, default=40, help="readings for each part")
    parser.add_argument("--only", choices=PARTS, help="one part instead of all")
    options = parser.parse_args(given)
    grew = False
    with asyncio.Runner(loop_factory=PEERS[options.peer].new_event_loop) as runner:
        for name, part in PARTS.items():
            if options.only not in (None, name):
                continue
            started = time.monotonic()
            curve = runner.run(endure(part, options.count, options.batches))
            flat = is_flat(curve)
            grew |= not flat
            print(
                f"{options.count:>12,} {name:8} {drawn(curve)}  "
                f"{min(curve) / 1024:.2f} to {max(curve) / 1024:.2f} MiB, "
                f"growth {growth_kib(curve) / 1024:+.2f} MiB: {'flat' if flat else 'IT GROWS'}  "
                f"({time.monotonic() - started:.0f} s)",
                flush=True,
            )
    return 1 if grew else 0


if __name__ == "__main__":
    raise SystemExit(command())
