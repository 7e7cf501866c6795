"""Trial: one scenario, run in a process of its own, in which one thing fails.

Law: runs, and judges what can be seen from outside: how it ended, what was told, what is left. A
child of fork() starts each time with the same memory, may crash or hang, and costs milliseconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import json
import logging
import os
import select
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.leftovers import Look

if TYPE_CHECKING:
    from tests.faults.injection import Injector, Plan

__all__ = ["LoopFactory", "Result", "Scenario", "attempt", "run_here"]

Scenario = Callable[[], Coroutine[Any, Any, None]]
LoopFactory = Callable[[], asyncio.AbstractEventLoop]

# How a scenario may end when something was made to fail: with an error of the system's, which says
# what it was; without memory; or at the end of what the other side has sent.
HONEST = (OSError, MemoryError, EOFError)
LIMIT_S = 30.0  # of running
IDLE_S = 2.0  # of waiting for what does not come
_SAMPLE_S = 0.1


@dataclass
class Result:
    """How a trial went."""

    fired: bool = False
    outcome: str = "ended"  # or the exception, "hang", "crash"
    faults: list[str] = field(default_factory=list)  # what is wrong with that
    told: list[str] = field(default_factory=list)  # to the exception handler, the log, warnings
    calls: list[tuple[str, bool]] = field(default_factory=list)
    allocations: list[bool] = field(default_factory=list)
    output: str = ""


def attempt(
    scenario: Scenario,
    new_loop: LoopFactory,
    injector: Injector,
    plan: Plan | None,
    *,
    look: bool = False,
    tell: bool = False,
) -> Result:
    """Run `scenario` in a child of this process, while what the plan says fails."""
    answers, answer = os.pipe()
    spoken, speak = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(answers)
        os.close(spoken)
        status = 1
        try:
            os.dup2(speak, 2)
            faulthandler.enable(2)
            result = run_here(scenario, new_loop, injector, plan, look=look, tell=tell)
            with os.fdopen(answer, "w") as file:
                json.dump(vars(result), file)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(answer)
    os.close(speak)
    try:
        data, output, hung = _listen(child, answers, spoken)
    finally:
        os.close(answers)
        os.close(spoken)
    _, status = os.waitpid(child, 0)
    if data and not hung:
        result = Result(**json.loads(data))
    else:
        how = "hang" if hung else f"crash, status {os.waitstatus_to_exitcode(status)}"
        result = Result(fired=True, outcome=how, faults=[how])
    result.output = output
    return result


def _listen(child: int, answers: int, spoken: int) -> tuple[str, str, bool]:
    """(answer, stderr, whether it hung) of a child until it closes both."""
    received: dict[int, bytearray] = {answers: bytearray(), spoken: bytearray()}
    begun = time.monotonic()
    idle_since, cpu_before = begun, -1
    open_ones = set(received)
    hung = False
    while answers in open_ones or (spoken in open_ones and not hung):
        ready, _, _ = select.select(list(open_ones), [], [], _SAMPLE_S)
        for fd in ready:
            data = os.read(fd, 1 << 16)
            received[fd] += data
            if not data:
                open_ones.discard(fd)
        now = time.monotonic()
        is_waiting, cpu = _state(child)
        if ready or not is_waiting or cpu != cpu_before:
            idle_since, cpu_before = now, cpu
        if not hung and (now - idle_since > IDLE_S or now - begun > LIMIT_S):
            hung = True
            os.kill(child, signal.SIGABRT)  # faulthandler tells where it stands
            while spoken in open_ones and (data := os.read(spoken, 1 << 16)):
                received[spoken] += data
            break
        if answers not in open_ones:
            break
    output = received[spoken].decode(errors="replace").partition("\nExtension modules")[0]
    return received[answers].decode(), output, hung


def _state(child: int) -> tuple[bool, int]:
    """(whether it sleeps, CPU ticks) of a process."""
    try:
        with open(f"/proc/{child}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return False, -1
    return fields[0] in "SDZ", int(fields[11]) + int(fields[12])


class _Log(logging.Handler):
    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self._told.append(f"{record.levelname}: {record.msg!r:.200} {_short(error)}{_where(error)}")


def run_here(
    scenario: Scenario,
    new_loop: LoopFactory,
    injector: Injector,
    plan: Plan | None,
    *,
    look: bool = False,
    tell: bool = False,
) -> Result:
    """Run `scenario` in this process, which is not to be used for anything else afterwards."""
    result = Result()
    logger = logging.getLogger("asyncio")
    logger.handlers = [_Log(result.told)]
    logger.propagate = False
    sys.unraisablehook = lambda seen: result.told.append(
        f"unraisable: {seen.err_msg} {_short(seen.exc_value)}"
    )
    warnings.simplefilter("always")
    warnings.showwarning = lambda message, category, *rest: result.told.append(
        f"{category.__name__}: {message!s:.200}"
    )
    if tell:
        injector.tell_where()
    before = Look()
    ended: BaseException | None = None
    injector.plan(plan, look=look)
    injector.join()
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(scenario())
    except BaseException as error:
        injector.leave()
        ended = error
    finally:
        injector.leave()
    result.fired = injector.failed() > 0
    result.calls = injector.calls() if look else []
    result.allocations = injector.allocations() if look else []
    injector.plan(None)
    if ended is not None:
        result.outcome = _short(ended)
        result.faults += _mistakes(ended)
        if tell:
            traceback.print_exception(ended)
        if result.faults:
            result.told += traceback.format_exception(ended)[-6:]
        _forget(ended)
        ended = None
    asyncio.set_event_loop(None)
    # Without memory at its very end Runner.run() leaves its handler, which has the task.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.collect()
    result.faults += [f"told {one}" for one in result.told if "SystemError" in one]
    result.faults += [f"left {one}" for one in before.left_since(tell=tell)]
    return result


def _mistakes(error: BaseException) -> list[str]:
    """What is dishonest about how a scenario has ended."""
    if isinstance(error, BaseExceptionGroup):
        return [mistake for one in error.exceptions for mistake in _mistakes(one)]
    if isinstance(error, HONEST):
        return []
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, HONEST):
        cause = cause.__cause__ or cause.__context__
    if cause is not None and not isinstance(error, (AssertionError, SystemError)):
        return []
    return [f"ended with {_short(error)}"]


def _where(error: BaseException | None) -> str:
    """Where it was raised: " in FILE:FUNCTION"."""
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    return f" in {os.path.basename(frames[-1].filename)}:{frames[-1].name}" if frames else ""


def _short(error: BaseException | None) -> str:
    if error is None:
        return ""
    text = type(error).__name__
    with contextlib.suppress(Exception):
        text += f"({error!s:.100})"
    if isinstance(error, BaseExceptionGroup):
        text += f" [{', '.join(map(_short, error.exceptions))}]"
    return text


def _forget(error: BaseException | None) -> None:
    """Let go of what an exception's frames hold."""
    seen = set()
    todo = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        todo += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            todo += one.exceptions
        traceback.clear_frames(one.__traceback__)
        one.__traceback__ = None
        one.__cause__ = one.__context__ = None
