# The watcher waits for the session, which gathers the watcher and a server that soon fails.
import asyncio


async def server():
    await asyncio.sleep(0.3)
    raise ConnectionError("gone")


async def after(session):
    await asyncio.wait([session])
    print("the session has ended")


async def session(watchers):
    watchers.append(asyncio.create_task(after(asyncio.current_task())))
    try:
        await asyncio.gather(server(), *watchers)
    except ConnectionError:
        print("the server is gone")


async def main():
    watchers = []
    await asyncio.create_task(session(watchers))
    await asyncio.gather(*watchers)


asyncio.run(main())
