# asyncio.run cancels what is left, and one of the tasks fails on its way out.
import asyncio


async def session():
    try:
        await asyncio.sleep(30)
    finally:
        raise OSError("cannot flush")  # finding: lost-exception


async def main():
    asyncio.create_task(session()).set_name("session")  # finding: abandoned-task
    await asyncio.sleep(0.01)


asyncio.run(main())
