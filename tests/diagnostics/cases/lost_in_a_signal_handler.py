# A handler of the loop's for a signal.
import asyncio
import os
import signal


def reload():
    raise FileNotFoundError("settings.toml")  # finding: lost-exception


async def main():
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, reload)
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.sleep(0.05)
    loop.remove_signal_handler(signal.SIGUSR1)


asyncio.run(main())
