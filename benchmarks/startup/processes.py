"""A whole Python process: one that imports the loop, and one that runs an empty main() on it.

The process inherits the peer's environment and does first what the peer wants to come first. Its
CPU time is the kernel's account of it.
"""

import asyncio
import os
import subprocess
import sys

from benchmarks.peers import PEERS, Peer
from benchmarks.workload import FOOTPRINT, START_UP, Meter, Reading, Workload

RUN = """
async def main():
    pass

with asyncio.Runner(loop_factory={module}.new_event_loop) as runner:
    runner.run(main())
"""

# The kernel's own account of a child begins with what its parent had.
TELL = """
with open("/proc/self/status") as status:
    print(status.read().partition("VmHWM:")[2].split()[0])
"""


def importing(peer: Peer) -> str:
    """Return a program that makes ready to run on the peer."""
    lines = ["import asyncio", f"import {peer.module}"]
    if peer.accelerated:
        lines.append(f"{peer.module}.accelerate()")
    return "\n".join(lines)


def running(peer: Peer) -> str:
    """Return a program that runs an empty main() on the peer."""
    return importing(peer) + RUN.format(module=peer.module)


def _run(source: str) -> tuple[float, float]:
    """Run a program; return its CPU milliseconds and the most MiB it had resident."""
    process = subprocess.Popen([sys.executable, "-c", source + TELL], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as told:
        resident_kib = int(told.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise ChildProcessError(f"exit status {process.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1e3, resident_kib / 1024


async def startup_import(meter: Meter, operations: int) -> None:
    for _ in range(operations):
        spent_ms, _ = await asyncio.to_thread(_run, importing(PEERS[meter.peer]))
        meter.note("", spent_ms)


async def startup_main(meter: Meter, operations: int) -> None:
    for _ in range(operations):
        spent_ms, resident = await asyncio.to_thread(_run, running(PEERS[meter.peer]))
        meter.note("", spent_ms)
        meter.note("memory", resident)


ROWS = (
    Workload(
        "startup_import",
        "",
        5,
        startup_import,
        repetitions=1,
        scheduling=False,
        metered=False,
        readings=(Reading("", "CPU of a process that imports asyncio and the loop", START_UP),),
    ),
    Workload(
        "startup_main",
        "",
        5,
        startup_main,
        repetitions=1,
        scheduling=False,
        metered=False,
        readings=(
            Reading("", "CPU of a process that runs an empty main() on the loop", START_UP),
            Reading("memory", "the most memory such a process has resident", FOOTPRINT),
        ),
    ),
)
