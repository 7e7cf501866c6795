"""`python -m tests.soak`: all loads at once, round after round; after each, nothing may be left.

Each round has a loop of its own, by turns plain and with native primitives. A line for each round,
and the sums in the end. Ends with status 1 at the first thing that is wrong.
"""

import argparse
import asyncio
import random
import sys
import time

import trueloop
from tests.soak import children, crowds, echoes, threads
from tests.soak.tally import Tally, Wrong, check_idle, look

LOADS = {"echoes": echoes, "crowds": crowds, "children": children, "threads": threads}
GROWTH_ALLOWED_KIB = 32 * 1024
WARM_ROUNDS = 3
LONGEST_STEP_S = 10.0  # a fork or a thread's start takes as long as a busy machine lets it


async def one_round(names: list[str], seed: int, tally: Tally, seconds: float) -> None:
    """All loads for so long, each with decisions of its own."""
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = LONGEST_STEP_S
    until = loop.time() + seconds
    async with asyncio.TaskGroup() as group:
        for name in names:
            source = random.Random(f"{seed} {name}")
            group.create_task(LOADS[name].run(source, tally, until), name=name)
    check_idle(loop)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("loads", nargs="*", metavar="LOAD", help=f"of: {', '.join(LOADS)}")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--round-s", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--accelerate", action="store_true")
    options = parser.parse_args()
    if options.accelerate:
        trueloop.accelerate()
    names = options.loads or list(LOADS)
    # Stay as they are: what is made once and kept.
    trueloop.run(one_round(names, -1, Tally(), 0.5))
    first = look()
    warm_kib = 0
    end = time.monotonic() + options.minutes * 60
    sums = Tally()
    rounds = 0
    while time.monotonic() < end:
        tally = Tally()
        try:
            trueloop.run(one_round(names, options.seed + rounds, tally, options.round_s))
            now = look()
            now.must_equal(first)
        except (Wrong, BaseExceptionGroup) as error:
            print(f"round {rounds}: {error!r}", flush=True)
            raise
        rounds += 1
        sums.counts.update(tally.counts)
        if rounds <= WARM_ROUNDS:
            warm_kib = now.memory_kib
        print(f"round {rounds}: {tally}; {now.memory_kib:,} KiB", flush=True)
        if now.memory_kib > warm_kib + GROWTH_ALLOWED_KIB:
            print(f"memory has grown from {warm_kib:,} KiB to {now.memory_kib:,} KiB")
            return 1
    print(f"{rounds} rounds in {options.minutes:g} min: {sums}")
    print(f"left behind: {now.more_than(first)}")
    grown_mib = (now.memory_kib - warm_kib) / 1024
    print(f"memory: {now.memory_kib:,} KiB, {grown_mib:+.1f} MiB since round {WARM_ROUNDS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
