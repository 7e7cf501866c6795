"""`python -m tests.fuzz`: play tapes that a search makes, for so long; tell what they have broken.

A process of its own plays. If it dies, the tape that killed it is a find as well, and another one
goes on. Finds are stored, shrunk if they are no crashes. Ends with status 1 if there is one.
"""

import argparse
import json
import logging
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.coverage import Coverage
from tests.fuzz.games import GAMES
from tests.fuzz.search import Search
from tests.fuzz.shrinking import smallest

DEATHS_AT_MOST = 5
PATIENCE_S = 120


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("games", nargs="*", metavar="GAME", help=f"of: {', '.join(GAMES)}")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each game")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--play", type=Path, help="play one stored tape")
    parser.add_argument("--as-child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    # What protocols are told to fail with is logged for each.
    logging.disable(logging.CRITICAL)
    names = options.games or list(GAMES)
    if options.play:
        for name in names:
            GAMES[name](options.play.read_bytes())
        return 0
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.as_child:
        play(names[0], options)
        return 0
    return 1 if sum(supervise(name, options) for name in names) else 0


def play(name: str, options: argparse.Namespace) -> None:
    """Search, and print what came of it as a line of JSON."""
    run, coverage = GAMES[name], Coverage()
    running = options.folder / f"{name}.running"
    search = Search(run, coverage, random.Random(options.seed), running)
    shelf = options.folder / name
    shelf.mkdir(exist_ok=True)
    for stored in sorted(shelf.glob("*.tape")):
        search.try_one(stored.read_bytes())
    search.go_on(options.seconds)
    for number, tape in enumerate(search.tapes):
        (shelf / f"{number:05}.tape").write_bytes(tape)
    finds = []
    for tape, said in search.finds:
        small = smallest(tape, lambda shorter: does_fail(run, shorter))
        finds.append((small.hex(), said))
    facts = {"runs": search.runs, "tapes": len(search.tapes), "reached": coverage.reached()}
    print(json.dumps({**facts, "finds": finds}))


def does_fail(run, tape: bytes) -> bool:
    try:
        run(tape)
    except AssertionError:
        return True
    return False


def supervise(name: str, options: argparse.Namespace) -> int:
    """Let a process play; how much was found."""
    end = time.monotonic() + options.seconds
    found = runs = deaths = tapes = reached = 0
    while (left := end - time.monotonic()) > 1 and deaths < DEATHS_AT_MOST and not found:
        seed = options.seed + deaths
        command = [sys.executable, "-m", "tests.fuzz", name, "--as-child"]
        command += ["--seconds", str(left), "--seed", str(seed), "--folder", options.folder]
        try:
            child = subprocess.run(
                command, stdout=subprocess.PIPE, text=True, timeout=left + PATIENCE_S, check=False
            )
            status, said = child.returncode, child.stdout
        except subprocess.TimeoutExpired:
            status, said = "a hang", ""
        if status:
            deaths += 1
            tape = (options.folder / f"{name}.running").read_bytes()
            (options.folder / f"{name}-death-{deaths}.tape").write_bytes(tape)
            print(f"{name}: the process ended with {status} while it played {tape.hex()}")
            continue
        facts = json.loads(said.splitlines()[-1])
        runs, tapes, reached = runs + facts["runs"], facts["tapes"], facts["reached"]
        for tape_hex, words in facts["finds"]:
            found += 1
            print(f"{name}: {tape_hex}\n{words}")
    print(
        f"{name}: {runs} tapes played, {tapes} worth keeping, {reached} places reached, "
        f"{found} finds, {deaths} deaths",
        flush=True,
    )
    return found + deaths


if __name__ == "__main__":
    sys.exit(main())
