# main fails: that it left tasks behind is the least of the program's problems.
import asyncio


async def background():
    await asyncio.sleep(30)


async def main():
    asyncio.create_task(background())
    await asyncio.sleep(0.01)
    raise RuntimeError("config missing")


try:
    asyncio.run(main())
except RuntimeError as error:
    print(error)
