"""`python -m tests.suites NAME...`: a library's own tests on asyncio and on trueloop.

Prints the tests that fail on trueloop alone, and the findings that nobody has judged yet. Ends with
status 1 if there is such a test.
"""

import argparse
import sys
from pathlib import Path

from tests.suites import fetching, judgements, running
from tests.suites.catalogue import SUITES


def main() -> int:
    """Run the chosen suites; what pytest said and what was noted stays in the folder --out."""
    parser = argparse.ArgumentParser(prog="python -m tests.suites", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(SUITES)}")
    parser.add_argument("--out", type=Path, default=fetching.folder() / "out")
    parser.add_argument("--only-trueloop", action="store_true", help="do not run on asyncio")
    parser.add_argument("--again", action="store_true", help="only read the notes of the last run")
    options, further = parser.parse_known_args()
    failed = False
    for name in options.names or SUITES:
        suite = SUITES[name]
        python = fetching.environment(suite)
        sources = fetching.sources(suite, python)
        loops = ("trueloop",) if options.only_trueloop else ("asyncio", "trueloop")
        if options.again:
            runs = {
                loop: running.read(running.notes(options.out, suite, loop), 0) for loop in loops
            }
        else:
            runs = {
                loop: running.run(suite, python, sources, loop, further, options.out)
                for loop in loops
            }
        failed |= tell(name, runs, sources)
    return 1 if failed else 0


def tell(name: str, runs: dict[str, running.Run], sources: Path) -> bool:
    """Print what became of one suite; whether a test failed on trueloop only, or none ran."""
    for loop, one in runs.items():
        counts = ", ".join(f"{one.count(what)} {what}" for what in ("passed", "failed", "skipped"))
        print(f"{name} on {loop}: {counts} (status {one.status})")
    ours, stock = runs["trueloop"], runs.get("asyncio")
    bad = [test for test, outcome in ours.outcomes.items() if outcome == "failed"]
    if stock is not None:
        bad = [test for test in bad if stock.outcomes.get(test) != "failed"]
        for test in stock.outcomes.keys() - ours.outcomes.keys():
            print(f"  did not run on trueloop: {test}")
        for test in bad:
            print(f"  fails on trueloop only: {test}")
    print(
        f"  findings: {len(ours.findings)}; {judgements.say(name, ours.findings, sources)}",
        flush=True,
    )
    return bool(stock is not None and bad) or not ours.outcomes


if __name__ == "__main__":
    sys.exit(main())
