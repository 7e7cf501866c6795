"""`python -m tests.suites NAME...`: a library's own tests on trueloop, and what fails, on asyncio.

Prints the tests that fail on trueloop alone, and the findings that nobody has judged yet. Ends with
status 1 if there is such a test, or nothing ran.
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
    parser.add_argument("--again", action="store_true", help="trueloop's notes are there already")
    options, further = parser.parse_known_args()
    failed = False
    for name in options.names or SUITES:
        suite, out = SUITES[name], options.out
        python = fetching.environment(suite)
        sources = fetching.sources(suite, python)
        if options.again:
            ours = running.read(running.notes(out, suite, "trueloop"), 0)
        else:
            ours = running.run(suite, python, sources, "trueloop", out, further)
        bad = ours.failed()
        if bad:
            stock = running.run(suite, python, sources, "asyncio", out, further, bad)
            bad = [test for test in bad if stock.outcomes.get(test) != "failed"]
        failed |= tell(name, ours, bad, sources)
    return 1 if failed else 0


def tell(name: str, ours: running.Run, bad: list[str], sources: Path) -> bool:
    """Print what became of one suite; whether a test failed on trueloop only, or none ran."""
    counts = ", ".join(f"{ours.count(what)} {what}" for what in ("passed", "failed", "skipped"))
    print(f"{name}: {counts}, {len(bad)} of the failures on trueloop only")
    for test in bad:
        print(f"  fails on trueloop only: {test}")
    said = judgements.say(name, ours.findings, sources)
    print(f"  findings: {len(ours.findings)}; {said}", flush=True)
    return bool(bad) or not ours.outcomes


if __name__ == "__main__":
    sys.exit(main())
