"""`python -m tests.suites NAME...`: a library's own tests on trueloop, and what fails, on asyncio.

Each suite runs twice: as `trueloop run` runs it, with native primitives under asyncio's names, and
plain. Prints the tests that fail on trueloop alone, and the findings that nobody has judged yet.
Ends with status 1 if there is such a test, or nothing ran.
"""

import argparse
import sys
from pathlib import Path

from tests.suites import fetching, judgements, running
from tests.suites.catalogue import SUITES, Suite

WAYS = ("accelerated", "plain")


def main() -> int:
    """Run the chosen suites; what pytest said and what was noted stays in the folder --out."""
    parser = argparse.ArgumentParser(prog="python -m tests.suites", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(SUITES)}")
    parser.add_argument("--out", type=Path, default=fetching.folder() / "out")
    parser.add_argument("--way", choices=WAYS, action="append", help="default: both")
    parser.add_argument("--again", action="store_true", help="trueloop's notes are there already")
    options, further = parser.parse_known_args()
    failed = False
    for name in options.names or SUITES:
        suite = SUITES[name]
        python = fetching.environment(suite)
        sources = fetching.sources(suite, python)
        for way in options.way or WAYS:
            if options.again:
                ours = running.read(running.notes(options.out, suite, way), 0)
            else:
                ours = running.run(suite, python, sources, way, options.out, further)
            bad = on_trueloop_only(suite, python, sources, ours, options.out, further)
            failed |= tell(name, way, ours, bad, sources)
    return 1 if failed else 0


def on_trueloop_only(
    suite: Suite, python: str, sources: Path, ours: running.Run, out: Path, further: list[str]
) -> list[str]:
    """Those of the failed tests that asyncio does not fail, asked now."""
    bad = ours.failed()
    if not bad:
        return []
    stock = running.run(suite, python, sources, "asyncio", out, further, bad)
    return [test for test in bad if stock.outcomes.get(test) != "failed"]


def tell(name: str, way: str, ours: running.Run, bad: list[str], sources: Path) -> bool:
    """Print what became of one suite; whether a test failed on trueloop only, or none ran."""
    counts = ", ".join(f"{ours.count(what)} {what}" for what in ("passed", "failed", "skipped"))
    print(f"{name}, {way}: {counts}, {len(bad)} of the failures on trueloop only")
    for test in bad:
        print(f"  fails on trueloop only: {test}")
    said = judgements.say(name, ours.findings, sources)
    print(f"  findings: {len(ours.findings)}; {said}", flush=True)
    return bool(bad) or not ours.outcomes


if __name__ == "__main__":
    sys.exit(main())
