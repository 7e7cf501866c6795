"""Timeouts that expire, inside each other, in task groups and around each other."""

import asyncio


async def slow():
    try:
        await asyncio.sleep(5)
    finally:
        await asyncio.sleep(0.01)


async def nested():
    try:
        async with asyncio.timeout(0.02):
            try:
                async with asyncio.timeout(0.02):
                    await slow()
            except TimeoutError:
                print("inner")
                await asyncio.sleep(1)
    except TimeoutError:
        print("outer")


async def in_a_group():
    try:
        async with asyncio.timeout(0.02):
            async with asyncio.TaskGroup() as group:
                group.create_task(slow())
                group.create_task(slow())
    except TimeoutError:
        print("group")


async def in_a_handler():
    try:
        async with asyncio.timeout(0.02):
            await slow()
    except TimeoutError:
        try:
            await asyncio.wait_for(slow(), 0.02)
        except TimeoutError:
            print("again")
    try:
        async with asyncio.timeout(0.02) as limit:
            limit.reschedule(asyncio.get_running_loop().time() + 0.03)
            await slow()
    except TimeoutError as error:
        print(repr(error.__cause__))


async def main():
    await nested()
    await in_a_group()
    await in_a_handler()
    await asyncio.gather(nested(), in_a_group(), in_a_handler())


asyncio.run(main())
