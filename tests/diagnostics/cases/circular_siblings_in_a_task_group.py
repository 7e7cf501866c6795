# Two members of a group wait for each other.
import asyncio


async def member(others, name):
    await asyncio.sleep(0)
    await others[name]  # finding: circular-await


async def main():
    members = {}
    async with asyncio.TaskGroup() as group:
        members["b"] = group.create_task(member(members, "a"))
        members["a"] = group.create_task(member(members, "b"))


try:
    asyncio.run(main())
except* RuntimeError:
    print("told")
