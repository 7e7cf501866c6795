# The turn is given to a waiter that has gone.
import asyncio
import collections


class Turns:
    def __init__(self):
        self.taken = False
        self.line = collections.deque()

    async def take(self):
        if not self.taken:
            self.taken = True
            return
        turn = asyncio.get_running_loop().create_future()
        self.line.append(turn)
        await turn  # finding: deadlock

    def give(self):
        if self.line:
            turn = self.line.popleft()
            if not turn.cancelled():
                turn.set_result(None)
        else:
            self.taken = False


async def main():
    turns = Turns()
    await turns.take()
    try:
        await asyncio.wait_for(turns.take(), 0.01)
    except TimeoutError:
        print("gave up")
    turns.give()
    await turns.take()


asyncio.run(main())
