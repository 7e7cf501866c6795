# Two timers finish one future: the second fails, in C. And a library function is called wrongly.
import asyncio
import json


async def main():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_later(0.01, future.set_result, 1)
    loop.call_later(0.02, future.set_result, 2)  # finding: lost-exception
    loop.call_soon(json.loads, "{")  # finding: lost-exception
    await future
    await asyncio.sleep(0.03)


asyncio.run(main())
