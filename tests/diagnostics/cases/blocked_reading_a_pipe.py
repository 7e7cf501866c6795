"""A helper's answer is read from its pipe as if it were there already."""

import asyncio
import subprocess
import sys

ANSWER = "import time; time.sleep(0.5); print(42)"


async def main():
    await asyncio.sleep(0)
    helper = subprocess.Popen([sys.executable, "-S", "-c", ANSWER], stdout=subprocess.PIPE)
    print(helper.stdout.readline())  # finding: blocked-loop
    helper.stdout.close()
    helper.wait()


asyncio.run(main())
