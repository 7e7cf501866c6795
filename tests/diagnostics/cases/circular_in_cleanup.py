# The cancelled service waits, while it tidies up, for whoever waits for it.
import asyncio


class Service:
    def __init__(self, owner):
        self.owner = owner

    async def run(self):
        try:
            await asyncio.sleep(60)
        finally:
            await self.owner  # finding: circular-await


async def main():
    service = asyncio.create_task(Service(asyncio.current_task()).run())
    await asyncio.sleep(0.01)
    service.cancel()
    try:
        await service
    except RuntimeError:
        print("told")


asyncio.run(main())
