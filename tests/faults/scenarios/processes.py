"""Subprocesses."""

import asyncio
import contextlib


async def communicate():
    """A child that answers what it is told."""
    child = await asyncio.create_subprocess_exec(
        "cat", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        output, _ = await child.communicate(b"x" * 100_000)
        if len(output) < 100_000:
            raise EOFError("a pipe was lost")  # of which asyncio tells the exception handler only
        assert output == b"x" * 100_000
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        child._transport.close()
