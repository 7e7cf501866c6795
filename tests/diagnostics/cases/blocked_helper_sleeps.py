# A helper two calls down sleeps; the coroutine that calls it looks innocent.
import asyncio
import time


def throttle():
    time.sleep(0.5)  # finding: blocked-loop


def send(message):
    throttle()
    return len(message)


async def main():
    await asyncio.sleep(0.01)
    send("hello")


asyncio.run(main())
