# The only way to the future was a callback, and another one took its place.
# needs: is_available
import asyncio


class Device:
    on_ready = None


async def ready(device):
    future = asyncio.get_running_loop().create_future()
    device.on_ready = lambda: future.set_result("ready")
    return await future  # finding: stranded-task


async def main():
    device = Device()
    waiters = [
        asyncio.create_task(ready(device), name=name)  # finding: abandoned-task
        for name in ("first", "second")
    ]
    await asyncio.sleep(0.01)
    device.on_ready()
    print(await waiters[1])
    for _ in range(22):
        await asyncio.sleep(0.05)


asyncio.run(main())
