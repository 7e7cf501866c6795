"""`python -m tests.faults`: let everything fail once, in each scenario, and say what broke.

Ends with status 1 if there was a finding that is not judged (judged.py).
"""

import argparse
import asyncio
import gc
import importlib
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator

from tests.faults.injection import SHORT, WAYS, Injector, Plan, how_called, run_with_injector
from tests.faults.judged import reason_for
from tests.faults.scenarios import all_scenarios
from tests.faults.trial import Result, Scenario, attempt

STORM = 40  # calls in a row
MANY = 250  # allocations of one scenario; of more, every second, third, ... fails
STORMS = {"recv": (SHORT,), "send": (SHORT,), "epoll_wait": WAYS["epoll_wait"], "read": (SHORT,)}


def main() -> int:
    """Try what was asked for; print each finding, and a line for each scenario."""
    options = _options()
    run_with_injector(["-m", "tests.faults", *sys.argv[1:]])
    scenarios = all_scenarios()
    wanted = [name for name in scenarios if not options.scenarios or _is_in(name, options)]
    if options.list:
        print("\n".join(wanted))
        return 0
    asyncio.selector_events.constants.ACCEPT_RETRY_DELAY = 0.01
    new_loop = importlib.import_module(options.loop).new_event_loop
    injector = Injector()
    if "allocations" in options.what:
        injector.take_allocators()
    begun = time.monotonic()
    total: Counter[str] = Counter()
    print(
        f"{'scenario':32}{'calls':>8}{'allocations':>13}{'trials':>8}{'findings':>10}", flush=True
    )
    for name in wanted:
        counts = _try(name, scenarios[name], new_loop, injector, options)
        print(
            f"{name:32}{counts['calls']:8}{counts['allocations']:13}"
            f"{counts['trials']:8}{counts['findings']:10}",
            flush=True,
        )
        total += counts
    print(
        f"\n{len(wanted)} scenarios, {total['trials']} trials in {time.monotonic() - begun:.0f} s: "
        f"{total['findings']} findings, of which {total['hangs']} hangs, "
        f"{total['crashes']} crashes, {total['leaks']} leaks; {total['judged']} judged before"
    )
    return 1 if total["findings"] else 0


def _try(name: str, scenario: Scenario, new_loop, injector: Injector, options) -> Counter[str]:
    counts: Counter[str] = Counter()
    # What is loaded, compiled and cached by a first run is there for all trials.
    warm = attempt(scenario, new_loop, injector, None)
    if not warm.faults and warm.outcome == "ended":
        _warm_up(scenario, new_loop)
        warm = attempt(scenario, new_loop, injector, None, look=True)
    looked = warm
    if looked.faults or looked.outcome != "ended":
        counts["trials"] += 1
        counts["findings"] += 1
        _say(name, "nothing fails", looked)
        return counts
    counts["calls"] = len(looked.calls)
    counts["allocations"] = len(looked.allocations)
    found: Counter[str] = Counter()
    for plan in _plans(looked, options):
        result = attempt(scenario, new_loop, injector, plan, tell=options.tell)
        if not result.fired:
            continue
        counts["trials"] += 1
        if options.verbose or options.tell:
            print(f"  {name}: {plan}: {result.outcome} {result.faults} {result.told}", flush=True)
        if options.tell:
            print(result.output)
        fault = "allocation" if plan.how is None else f"{plan.kind} {how_called(plan.how)}"
        seen = "\n".join([*result.told, *result.faults])
        if result.faults and reason_for(name, fault, seen) is not None:
            counts["judged"] += 1
        elif result.faults:
            kind = repr(result.faults)
            found[kind] += 1
            counts["findings"] += 1
            counts["hangs"] += result.outcome == "hang"
            counts["crashes"] += result.outcome.startswith("crash")
            counts["leaks"] += any(fault.startswith("left") for fault in result.faults)
            if found[kind] <= options.examples:
                _say(name, str(plan), result)
    return counts


def _warm_up(scenario: Scenario, new_loop) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(scenario())
    gc.collect()
    gc.freeze()  # nothing of that is looked at in the trials


def _plans(looked: Result, options) -> Iterator[Plan]:
    if options.plan:
        number, how, kind = (*options.plan.split(":"), None, None)[:3]
        yield Plan(int(number), int(number), int(how) if how else None, kind, options.own)
        return
    if "calls" in options.what:
        of_kind: Counter[str] = Counter()
        for kind, own in looked.calls:
            n = of_kind[kind]
            of_kind[kind] += 1
            if own or not options.own:
                for how in WAYS[kind]:
                    yield Plan(n, n, how, kind)
        for kind, ways in STORMS.items():
            for how in ways:
                for n in range(of_kind[kind]):
                    yield Plan(n, n + STORM, how, kind)
    if "allocations" in options.what:
        chosen = [n for n, own in enumerate(looked.allocations) if own or not options.own]
        stride = options.stride or -(-len(chosen) // MANY) or 1
        yield from (Plan(n, n, own=options.own) for n in chosen[::stride])


def _say(name: str, what: str, result: Result) -> None:
    print(f"  {name}: {what}: {result.outcome}")
    for line in result.faults + result.told:
        print(f"      {line.rstrip()}")
    if result.outcome == "hang" or result.outcome.startswith("crash"):
        print("      " + result.output.replace("\n", "\n      "))
    sys.stdout.flush()


def _is_in(name: str, options) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in options.scenarios)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help="names, or modules of them; default: all")
    parser.add_argument("--list", action="store_true", help="say which there are")
    parser.add_argument("--loop", default="trueloop", help="module with a new_event_loop()")
    parser.add_argument(
        "--only", dest="what", choices=("calls", "allocations"), default="calls and allocations"
    )
    parser.add_argument("--all", dest="own", action="store_false", help="CPython's own, too")
    parser.add_argument(
        "--stride",
        type=int,
        default=0,
        help=f"every so many allocations only; default: so that at most {MANY} are tried",
    )
    parser.add_argument("--examples", type=int, default=2, help="of each finding to print")
    parser.add_argument(
        "--plan", help="N for an allocation, N:ERRNO:KIND for a call (-1: SHORT); only that"
    )
    parser.add_argument("--tell", action="store_true", help="print the stacks of what fails")
    parser.add_argument("--verbose", action="store_true", help="a line for each trial")
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("TRUELOOP_DIAGNOSTICS", "1")
    sys.exit(main())
