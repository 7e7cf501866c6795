"""`python -m tests.conformance`: run CPython's asyncio tests on a loop and judge it.

Ends with status 1 if the loop fails a test that asyncio passes.
"""

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.conformance import selection, verdict
from tests.conformance.watch import ROOT, ModuleRun, Result, run_module
from tests.suites.judgements import say

STOCK = "asyncio:new_event_loop"


def main() -> int:
    """Run every module, then what failed once more, on the loop under test and on asyncio's."""
    options = _options()
    wanted = [name for name in selection.modules() if _is_wanted(name, options.modules)]
    logs = options.logs
    logs.mkdir(parents=True, exist_ok=True)
    print(f"CPython {sys.version.split()[0]}'s asyncio tests on {options.loop}", flush=True)

    copied = None
    if options.findings is not None:
        options.findings.unlink(missing_ok=True)
        copied = selection.copy_tests(logs / "copied")

    def run(module: str, loop: str, only: list[str] | None = None) -> ModuleRun:
        return run_module(
            module,
            loop,
            limit_s=options.limit_s,
            log=logs / f"{module}.log",
            only=only,
            findings=options.findings,
            copied=copied,
            accelerated=options.accelerate and loop != STOCK,
        )

    def run_thrice(module: str) -> tuple[ModuleRun, ModuleRun, ModuleRun]:
        """On the loop under test; what failed there once more; and that on asyncio's loop."""
        (logs / f"{module}.log").unlink(missing_ok=True)
        first = run(module, options.loop)
        bad = [test for test, result in first.results.items() if result.is_bad]
        again = run(module, options.loop, bad) if bad else ModuleRun()
        stock = run(module, STOCK, bad) if bad else ModuleRun()
        return first, again, stock

    runs: dict[str, ModuleRun] = {}
    again: dict[str, Result] = {}
    stock: dict[str, Result] = {}
    with ThreadPoolExecutor(options.jobs) as pool:
        for module, (first, second, third) in zip(
            wanted, pool.map(run_thrice, wanted), strict=True
        ):
            runs[module] = first
            again |= second.results
            stock |= third.results
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
    if copied is not None:
        found = [json.loads(line) for line in options.findings.read_text().splitlines()]
        print(f"findings: {len(found)}; {say('cpython', found, copied / 'test')}")
    return 0 if judged.is_good else 1


def _options() -> argparse.Namespace:
    version = f"{sys.version_info.major}.{sys.version_info.minor}{sys.abiflags}"
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("modules", nargs="*", help="last parts of module names; default: all")
    parser.add_argument("--loop", default="trueloop:new_event_loop", metavar="MODULE:FACTORY")
    parser.add_argument("--limit-s", type=float, default=60.0, help="seconds for one test")
    parser.add_argument("--jobs", type=int, default=2, help="modules at a time")
    parser.add_argument("--accelerate", action="store_true", help="and trueloop.accelerate()")
    logs = ROOT / "build" / "conformance" / version
    parser.add_argument(
        "--findings", type=Path, metavar="FILE", help="what trueloop finds, as JSON lines"
    )
    parser.add_argument("--logs", type=Path, default=logs, help="folder for what the tests print")
    return parser.parse_args()


def _is_wanted(module: str, wanted: list[str]) -> bool:
    return not wanted or module.rpartition(".")[2] in wanted


if __name__ == "__main__":
    sys.exit(main())
