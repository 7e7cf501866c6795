"""A child process that ends at once, waited for before the next."""

import asyncio
import shutil

from benchmarks.workload import Meter, Workload


async def subprocess_true(meter: Meter, operations: int) -> None:
    program = shutil.which("true")
    assert program is not None
    with meter:
        for _ in range(operations):
            child = await asyncio.create_subprocess_exec(program)
            await child.wait()


ROWS = (
    Workload(
        "subprocess_true",
        "the program `true` started and waited for, without its own CPU",
        100,
        subprocess_true,
        0.35,
    ),
)
