# Who holds the future: a thread's variable, a timer, a closure, a context, a generator, a frame.
import asyncio
import contextvars
import functools
import threading
import time
import weakref

variable = contextvars.ContextVar("variable")
found = {}


async def wait_for(future):
    return await future


def thread_body(loop, future):
    time.sleep(0.9)
    loop.call_soon_threadsafe(future.set_result, "thread")


def generator(future):
    yield
    future.set_result("generator")


class Dying:
    def __init__(self, future):
        self.future = future

    def __del__(self):
        self.future.set_result("finaliser")


async def keep(future):
    await asyncio.sleep(0.9)
    future.set_result("frame")


def hidden(loop, make):
    """Start tasks whose futures nobody else here keeps."""
    threading.Thread(target=thread_body, args=(loop, make())).start()
    loop.call_later(0.9, functools.partial(make().set_result, "timer"))
    event = asyncio.Event()
    loop.call_later(0.9, lambda: event.set())
    found["closure"] = asyncio.create_task(event.wait())
    context = contextvars.copy_context()
    context.run(variable.set, make())
    loop.call_later(0.9, lambda: variable.get().set_result("context"), context=context)
    steps = generator(make())
    next(steps)
    loop.call_later(0.9, next, steps, None)
    dying = Dying(make())
    loop.call_later(0.9, lambda box: box.clear(), [dying])
    asyncio.create_task(keep(make()))
    owner = Dying(loop.create_future())
    weakref.finalize(owner, make().set_result, "finalize")
    loop.call_later(0.9, lambda box: box.clear(), [owner])


async def main():
    loop = asyncio.get_running_loop()
    tasks = []

    def make():
        future = loop.create_future()
        tasks.append(asyncio.create_task(wait_for(future)))
        return future

    hidden(loop, make)
    print(await asyncio.gather(*tasks, found["closure"]))


asyncio.run(main())
