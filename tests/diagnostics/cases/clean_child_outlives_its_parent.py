# The child waits for its parent, which does not wait for it.
import asyncio


async def after(parent):
    await parent
    return "last words"


async def parent(children):
    children.append(asyncio.create_task(after(asyncio.current_task())))
    await asyncio.sleep(0.3)


async def main():
    children = []
    await asyncio.create_task(parent(children))
    print(await children[0])


asyncio.run(main())
