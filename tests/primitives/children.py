"""What tasks are made of in the tests of primitives: they take passes of the loop, not time."""

import asyncio

NEVER_S = 3600


async def passes(count=1, result=None):
    """Let all others go first, `count` times; gives `result`."""
    for _ in range(count):
        await asyncio.sleep(0)
    return result


async def fails(error, after=0):
    """Raise `error` after so many passes."""
    await passes(after)
    raise error


def after_passes(loop, count, function, *args):
    """Call a function in a later pass of the loop; now if `count` is 0."""
    if count:
        loop.call_soon(after_passes, loop, count - 1, function, *args)
    else:
        function(*args)
