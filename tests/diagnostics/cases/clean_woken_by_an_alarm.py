# The only one left is a signal handler: the interpreter's alarm clock.
import asyncio
import signal


async def main():
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    signal.signal(signal.SIGALRM, lambda *_: loop.call_soon_threadsafe(event.set))
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    await event.wait()
    event.clear()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    loop.add_signal_handler(signal.SIGALRM, event.set)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    await event.wait()


asyncio.run(main())
