# Each waits for a future of the other's; a callback of the loop sets one of them.
import asyncio


async def player(mine, theirs):
    await mine
    theirs.set_result(None)


async def main():
    loop = asyncio.get_running_loop()
    ping, pong = loop.create_future(), loop.create_future()
    players = asyncio.gather(player(ping, pong), player(pong, loop.create_future()))
    loop.call_later(0.3, ping.set_result, None)
    await players


asyncio.run(main())
