"""Copying and pickling what stands for something that is under way."""

import asyncio
import copy
import pickle
import socket

import pytest

import trueloop


async def things(loop):
    """Each kind of object of trueloop's, and how to end it."""
    left, right = socket.socketpair()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=left)
    future = loop.create_future()
    lock, queue = trueloop.Lock(), trueloop.Queue()
    operation = lock.acquire()
    found = {
        "loop": loop,
        "future": future,
        "task": asyncio.current_task(),
        "handle": loop.call_soon(len, ()),
        "timer": loop.call_later(3600, print),
        "handle of a thread": loop.call_soon_threadsafe(len, ()),
        "transport": transport,
        "iterator": iter(future),
        "ready": loop.ready_queue,
        "timers": loop.timers,
        "poller": loop.poller,
        "waker": loop.waker,
        "hooks": loop.hooks,
        "lock": lock,
        "event": trueloop.Event(),
        "semaphore": trueloop.Semaphore(),
        "queue": queue,
        "operation": operation,
        "timeout": trueloop.timeout(1),
    }

    async def end():
        found["timer"].cancel()
        operation.close()
        transport.abort()
        right.close()
        await asyncio.sleep(0)

    return found, end


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy]
    + [lambda thing, n=n: pickle.dumps(thing, n) for n in range(pickle.HIGHEST_PROTOCOL + 1)],
)
def test_there_is_only_one_of_each(own_loop, duplicate):
    async def main():
        found, end = await things(own_loop)
        for thing in found.values():
            with pytest.raises(TypeError):
                duplicate(thing)
        await end()

    own_loop.run_until_complete(main())
