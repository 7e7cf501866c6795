# The program has its own last resort: somebody reads.
import asyncio

seen = []


async def fail():
    raise ValueError("seen by the handler")


def callback():
    raise OSError("seen as well")


async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: seen.append(context["exception"]))
    asyncio.create_task(fail())
    loop.call_soon(callback)
    await asyncio.sleep(0.02)
    print(seen)


asyncio.run(main())
