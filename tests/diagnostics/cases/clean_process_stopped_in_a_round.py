"""Somebody stops the process for half a second while thirty tasks take their short steps."""

import asyncio
import os
import signal
import subprocess
import sys
import time

CONTINUE = """
import os, sys, time
while open(f"/proc/{sys.argv[1]}/stat").read().rpartition(")")[2].split()[0] != "T":
    time.sleep(0.01)
time.sleep(0.5)
os.kill(int(sys.argv[1]), 18)
"""


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def poll(number):
    for turn in range(10):
        burn(0.001)
        if number == 15 and turn == 5:
            os.kill(os.getpid(), signal.SIGSTOP)
        await asyncio.sleep(0)


async def main():
    await asyncio.gather(*(poll(number) for number in range(30)))


helper = subprocess.Popen([sys.executable, "-S", "-c", CONTINUE, str(os.getpid())])
asyncio.run(main())
helper.wait()
