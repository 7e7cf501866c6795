"""`python -m tests.conformance`: run CPython's asyncio tests on a loop and judge it.

Ends with status 1 if the loop fails a test that asyncio passes.
"""

import argparse
import sys

from tests.conformance import selection, verdict
from tests.conformance.watch import ROOT, ModuleRun, Result, run_module

STOCK = "asyncio:new_event_loop"


def main() -> int:
    """Run every module, then what failed once more, on the loop under test and on asyncio's."""
    options = _options()
    wanted = [name for name in selection.modules() if _is_wanted(name, options.modules)]
    logs = ROOT / "build" / "conformance" / f"{sys.version_info.major}.{sys.version_info.minor}"
    logs.mkdir(parents=True, exist_ok=True)
    print(f"CPython {sys.version.split()[0]}'s asyncio tests on {options.loop}", flush=True)

    def run(module: str, loop: str, only: list[str] | None = None) -> ModuleRun:
        log = logs / f"{module}.log"
        return run_module(module, loop, limit_s=options.limit_s, log=log, only=only)

    runs: dict[str, ModuleRun] = {}
    again: dict[str, Result] = {}
    stock: dict[str, Result] = {}
    for module in wanted:
        (logs / f"{module}.log").unlink(missing_ok=True)
        runs[module] = run(module, options.loop)
        bad = [test for test, result in runs[module].results.items() if result.is_bad]
        if bad:
            again |= run(module, options.loop, bad).results
            stock |= run(module, STOCK, bad).results
        if options.verbose:
            print(verdict.table({module: runs[module]}).splitlines()[1], flush=True)
    all_bad = {
        test: result
        for one in runs.values()
        for test, result in one.results.items()
        if result.is_bad
    }
    judged = verdict.judge(all_bad, again, stock)
    judged.missing += [f"{module}: {one.error}" for module, one in runs.items() if one.error]
    print(verdict.table(runs))
    print(verdict.explain(judged), end="\n" if all_bad or judged.missing else "")
    passed = sum(one.count("passed") for one in runs.values()) + len(judged.unsteady)
    skipped = sum(one.count("skipped") for one in runs.values())
    failed = len(judged.ours) + len(judged.missing)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if judged.is_good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("modules", nargs="*", help="last parts of module names; default: all")
    parser.add_argument("--loop", default="trueloop:new_event_loop", metavar="MODULE:FACTORY")
    parser.add_argument("--limit-s", type=float, default=60.0, help="seconds for one test")
    parser.add_argument("--verbose", action="store_true", help="a line after each module")
    return parser.parse_args()


def _is_wanted(module: str, wanted: list[str]) -> bool:
    return not wanted or module.rpartition(".")[2] in wanted


if __name__ == "__main__":
    sys.exit(main())
