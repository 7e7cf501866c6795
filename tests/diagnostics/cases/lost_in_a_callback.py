# Callbacks of all sorts: soon, later, a done-callback, a reader.
import asyncio
import socket


def soon():
    raise ValueError("soon")  # finding: lost-exception


def later(what):
    return what["missing"]  # finding: lost-exception


def when_done(task):
    print(task.result() / 0)  # finding: lost-exception


async def number():
    return 1


async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(soon)
    loop.call_later(0.01, later, {})
    task = asyncio.create_task(number())
    task.add_done_callback(when_done)
    await task
    one, other = socket.socketpair()

    def readable():
        loop.remove_reader(one)
        raise OSError("cannot read")  # finding: lost-exception

    loop.add_reader(one, readable)
    other.send(b"x")
    await asyncio.sleep(0.05)
    one.close()
    other.close()


asyncio.run(main())
