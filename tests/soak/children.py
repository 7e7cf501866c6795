"""Programs started, spoken with, killed; and the process itself forked in the middle of it all."""

import asyncio
import os
import random
import shutil
import signal
import warnings

from tests.soak.pattern import piece
from tests.soak.tally import Tally, expect

PATIENCE_S = 100


async def a_program(source: random.Random, tally: Tally) -> None:
    """`cat` gives back what it gets, unless it is killed."""
    cat = shutil.which("cat")
    assert cat is not None
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(cat, stdin=pipe, stdout=pipe)
    message = piece(0, source.choice((0, 1, 100_000, 500_000)))
    if source.random() < 0.3:
        process.kill()
        expect("status of who was killed", await process.wait(), -signal.SIGKILL)
        process._transport.close()  # type: ignore[attr-defined]  # its pipes; there is no public way
        tally.add("programs killed")
        return
    answer, _ = await asyncio.wait_for(process.communicate(message), PATIENCE_S)
    expect("what cat gave back", answer == message, True)
    expect("status", process.returncode, 0)
    tally.add("programs run")


async def a_fork(tally: Tally) -> None:
    """A child of a busy loop gets a loop of its own, and leaves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: there are threads as well
        pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.alarm(PATIENCE_S)
            asyncio.events._set_running_loop(None)
            loop = type(asyncio.get_event_loop_policy().new_event_loop())()
            status = loop.run_until_complete(asyncio.sleep(0.001, 7))
        finally:
            os._exit(status)
    _, status = await asyncio.to_thread(os.waitpid, pid, 0)
    expect("status of a forked child", os.waitstatus_to_exitcode(status), 7)
    tally.add("forks")


async def run(source: random.Random, tally: Tally, until: float) -> None:
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        await asyncio.gather(*(a_program(source, tally) for _ in range(3)))
        await a_fork(tally)
        await asyncio.sleep(0.05)
