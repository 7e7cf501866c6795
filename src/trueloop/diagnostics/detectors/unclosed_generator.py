"""unclosed-generator: an asynchronous generator was left before its end, and not closed.

Law: judges when the generator is dropped while it is suspended at a `yield`, or is still open when
the loop shuts down. docs/findings/unclosed-generator.md says what it means to a developer.

Where an exception drops the generator, the finding waits until the loop waits: if main ends with
that exception, the program has other worries. A task that was cancelled counts only if the program
goes on after that and the generator has something to clean up; a generator of a library's, only if
it has. Silent for generators that a library iterates (`@asynccontextmanager` among them), for one
that another generator iterated which was closed itself, and while the loop shuts down.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import dis
import inspect
import math
import os
import sys
import time
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import guards, places
from trueloop.diagnostics.callers import stack_of
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.ledger import counted
from trueloop.diagnostics.places import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

    from trueloop.diagnostics.places import Place

HINT = (
    "Close it where it is left: `async with contextlib.aclosing(generator) as items:` around "
    "`async for item in items:`."
)

# asyncio's own methods that tell of generators, overridden by the loop; outside of their frames is
# whoever iterates or drops one.
_SHUTDOWN = "shutdown_asyncgens"
_TELLING = ("_asyncgen_firstiter_hook", "_asyncgen_finalizer_hook", _SHUTDOWN)

_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep
_CANCEL_ALL = getattr(getattr(asyncio.runners, "_cancel_all_tasks", None), "__code__", None)
# Whoever is cancelled by one of these goes on after the block that ends: a timeout, or a TaskGroup
# of which a child has failed.
_BLOCKS = (
    asyncio.Timeout._on_timeout.__code__,  # type: ignore[attr-defined]
    getattr(getattr(asyncio.tasks, "_cancel_and_wait", None), "__code__", None),
    getattr(getattr(asyncio.TaskGroup, "_on_task_done", None), "__code__", None),
)

# Instructions that drop what they have no more use for; at any other, an exception does.
_NO_EXCEPTION = ("POP_", "STORE_", "DELETE_", "END_SEND")

_SWEEP_FROM = 1000
_MOST_WAITING = 100


# Whether a task was told to end, and by whom; it cannot be asked any more once it is gone.
NOT, BY_THE_PROGRAM, BY_SHUTDOWN, UNKNOWN = range(4)


class _Begun:
    """What was known when the first item of a generator was asked for."""

    __slots__ = ("code", "lasti", "task")

    def __init__(self, frame: FrameType, task: Any) -> None:
        self.code = frame.f_code
        self.lasti = frame.f_lasti
        self.task = None if task is None else weakref.ref(task)

    @property
    def cancelled(self) -> int:
        """Whether the task that asked for it was told to end."""
        if self.task is None:
            return NOT
        task = self.task()
        if task is None:
            return UNKNOWN
        request = task.cancel_request
        if request is None or not (task.cancelled() or task.cancelling()):
            return NOT
        if request.caller is None or request.caller is _CANCEL_ALL:
            return BY_SHUTDOWN
        if request.caller in _BLOCKS:
            return NOT
        in_a_task = request.by is not None or request.caller.co_filename.startswith(_ASYNCIO)
        return BY_THE_PROGRAM if in_a_task else BY_SHUTDOWN

    def has_pending_task(self) -> bool:
        """Whether the task that asked for it may still ask for more."""
        task = None if self.task is None else self.task()
        return task is not None and not task.done()

    def is_in_generator(self) -> bool:
        """Whether another asynchronous generator asked."""
        return bool(self.code.co_flags & inspect.CO_ASYNC_GENERATOR)


class _Waiting(NamedTuple):
    """A finding about a generator that an exception has dropped."""

    finding: Finding
    loop: Any
    cancelled: bool


_waiting: list[_Waiting] = []
_detectors: weakref.WeakSet[UnclosedGenerator] = weakref.WeakSet()


class UnclosedGenerator:
    """Reports asynchronous generators that were left in the middle."""

    kind = "unclosed-generator"
    needs: tuple[str, ...] = ("generator_begins", "generator_left", "idle")

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._loop: weakref.ref[Any] | None = None
        # By identity, as in failures.py: the next generator at an address replaces the entry.
        self._begun: dict[int, _Begun] = {}
        self._until_sweep = _SWEEP_FROM
        _detectors.add(self)
        _settle(record)

    # -- hooks

    def generator_begins(self, agen: Any) -> None:
        """Hook: somebody asks for the first item of a generator."""
        frame = _who_tells()[0]
        if frame is None or places.origin(frame.f_code.co_filename) is not Origin.USER:
            self._begun.pop(id(agen), None)
            return
        loop: Any = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = weakref.ref(loop)
        self._until_sweep -= 1
        if not self._until_sweep:
            self._sweep(loop)
        self._begun[id(agen)] = _Begun(frame, loop.hooks.current_task)

    def generator_left(self, agen: Any) -> None:
        """Hook: a generator is dropped in the middle, or open when the loop shuts down."""
        begun = self._begun.pop(id(agen), None)
        loop = None if self._loop is None else self._loop()
        if begun is None or loop is None or agen.ag_frame is None or agen.ag_running:
            return
        frame, is_shutdown = _who_tells()
        outcome = loop.main_outcome
        if begun.cancelled == BY_SHUTDOWN:
            return
        if is_shutdown:  # which is a run of its own; if main had raised, the outcome would say so
            if outcome != "raised":
                self._judge_open(agen, begun, loop)
        elif outcome == "running" or (outcome == "none" and loop.is_running()):
            is_leaving = frame is not None and frame.f_code is begun.code
            operation = ""
            if frame is not None and is_leaving:
                operation = _look_up(_operation, frame.f_code, frame.f_lasti)
            has_ended = operation not in ("", "YIELD_VALUE", "RESUME")
            if begun.is_in_generator() and not has_ended:
                if frame is None or not _look_up(_is_iterating, frame.f_code, frame.f_lasti):
                    return  # it is the outer one that was left or closed
                operation = "END_SEND"  # the outer one has come to its end
            at_once = operation.startswith(_NO_EXCEPTION)
            self._judge(agen, begun, frame if is_leaving else None, loop, at_once=at_once)

    def idle(self, loop: Any, wait_s: float) -> float:
        """Hook: the loop is about to wait, so the program goes on."""
        if _waiting and loop.main_outcome in ("none", "running"):
            for each in [each for each in _waiting if each.loop is loop]:
                _waiting.remove(each)
                self._record(each.finding)
        return math.inf

    @classmethod
    def program_ends(cls, record: Callable[..., None]) -> None:
        """The program is over."""
        _settle(record)
        for detector in list(_detectors):
            detector._judge_all_open()

    @classmethod
    def fork(cls) -> None:
        """In a forked child: what waits is the parent's to report."""
        _waiting.clear()

    # -- judging

    def _judge_open(self, agen: Any, begun: _Begun, loop: Any) -> None:
        """Main has returned, and the generator is still referenced by somebody.

        By a task that has not ended, perhaps: that goes on with it, if it goes on.
        """
        if begun.has_pending_task() or begun.is_in_generator():
            return
        if begun.cancelled in (BY_THE_PROGRAM, BY_SHUTDOWN):
            return
        self._judge(agen, begun, None, loop, at_once=True)

    def _judge_all_open(self) -> None:
        """At the end of a program that has not told its loop to close the generators."""
        loop = None if self._loop is None else self._loop()
        if loop is None or loop.main_outcome != "returned":
            return
        for agen in list(loop._asyncgens):
            begun = self._begun.pop(id(agen), None)
            if begun is not None and agen.ag_frame is not None and not agen.ag_running:
                self._judge_open(agen, begun, loop)

    def _judge(
        self, agen: Any, begun: _Begun, frame: FrameType | None, loop: Any, *, at_once: bool
    ) -> None:
        code = agen.ag_frame.f_code
        has_cleanup = _look_up(_has_cleanup, code, agen.ag_frame.f_lasti)
        if not has_cleanup and places.origin(code.co_filename) is not Origin.USER:
            return
        task = loop.hooks.current_task
        is_cancelled = not at_once and begun.cancelled in (BY_THE_PROGRAM, UNKNOWN)
        if is_cancelled and not has_cleanup:
            return
        later = "what it has to clean up happens some time later, in another task"
        leaving = 0 if frame is None else frame.f_lineno
        where = _look_up(_left_at, begun.code, begun.lasti, leaving)
        if at_once and counted(self._record, self.kind, where):
            return
        finding = Finding(
            kind=self.kind,
            severity=Severity.WARNING,
            message=(
                f"the asynchronous generator {agen.__qualname__} was left before its end and not "
                f"closed" + (f": {later}" if has_cleanup else "")
            ),
            hint=HINT,
            time=time.time(),
            task=None if task is None else task.get_name(),
            where=where,
            stack=() if frame is None else stack_of(frame),
            related=(Related("suspended", places.of_code(code, agen.ag_frame.f_lineno)),),
        )
        if at_once:
            self._record(finding)
        elif len(_waiting) < _MOST_WAITING:
            _waiting.append(_Waiting(finding, loop, is_cancelled))

    def _sweep(self, loop: Any) -> None:
        """Forget the generators that are gone."""
        alive = {id(agen) for agen in loop._asyncgens}
        self._begun = {key: begun for key, begun in self._begun.items() if key in alive}
        self._until_sweep = max(_SWEEP_FROM, len(self._begun))


def _settle(record: Callable[..., None]) -> None:
    """Decide what is waiting for loops that have ended: only a main that returned went on."""
    for each in list(_waiting):
        if not each.loop.is_running():
            with contextlib.suppress(ValueError):  # another thread did it
                _waiting.remove(each)
            if each.loop.main_outcome == "returned" and not each.cancelled:
                record(each.finding)


def _who_tells() -> tuple[FrameType | None, bool]:
    """The frame that iterates or drops a generator; whether it is the loop's shutdown."""
    frame: FrameType | None = sys._getframe(2)
    told = ""
    while frame is not None:
        name = frame.f_code.co_name
        if name in _TELLING:
            told = name
        elif told:
            break
        frame = frame.f_back
    return frame, told == _SHUTDOWN


# What is known of an instruction, by its code object's identity and its offset; the code object
# comes along, so that its address stays its own. (Equal code objects are slow to compare.)
_known: dict[tuple[object, ...], tuple[CodeType, Any]] = {}
_MOST_KNOWN = 500


def _look_up(judge: Callable[..., Any], code: CodeType, *key: int) -> Any:
    """judge(code, *key), which is asked only once."""
    known = _known.get((judge, id(code), *key))
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[judge, id(code), *key] = code, judge(code, *key)
    return known[1]


def _operation(code: CodeType, lasti: int) -> str:
    """Name of the instruction at an offset."""
    found = ""
    for instruction in dis.get_instructions(code):
        if instruction.offset > lasti:
            break
        found = instruction.opname
    return found


def _is_iterating(code: CodeType, lasti: int) -> bool:
    """Whether the instruction waits for the next item of an `async for`."""
    before: list[str] = []
    for instruction in dis.get_instructions(code):
        if instruction.offset > lasti:
            break
        before.append(instruction.opname)
    return before[-1:] == ["SEND"] and "GET_ANEXT" in before[-4:]


def _has_cleanup(code: CodeType, lasti: int) -> bool:
    """Whether something is to be done when the generator is closed where it is suspended."""
    for guard in guards.surroundings(code, lasti).guards:
        if not isinstance(guard, guards.Except):
            return True
        if any(_catches_close(handler.type) for handler in guard.handlers):
            return True
    return False


def _catches_close(kind: ast.expr | None) -> bool:
    """Whether an `except` clause may catch the GeneratorExit by which a generator is closed."""
    return kind is None or any(
        getattr(node, "id", getattr(node, "attr", "")) in ("GeneratorExit", "BaseException")
        for node in ast.walk(kind)
    )


# -- which line left it


def _left_at(code: CodeType, lasti: int, leaving: int) -> Place:
    """The line that asked for the last item, as far as can be told; else for the first.

    `lasti`: the instruction that asked for the first. `leaving`: the line of the same function at
    which the generator was dropped; 0: it was dropped elsewhere.
    """
    body = guards.function_body(code)
    loops = [node for node in guards.within(body) if isinstance(node, ast.AsyncFor)]
    position = guards.position_of(code, lasti)
    line = code.co_firstlineno if position is None else position[0]
    if leaving:
        around = [
            node.lineno
            for node in loops
            if node.lineno <= leaving <= (node.end_lineno or node.lineno)
        ]
        if around and line not in around:
            line = max(around)
    elif line not in (node.lineno for node in loops):
        # anext() first, and then a loop over the same variable
        later = [
            node.lineno
            for node in loops
            if node.lineno > line and _name(node.iter) in _asked_by_name(body, line)
        ]
        line = later[0] if len(later) == 1 else line
    return places.of_code(code, line)


def _asked_by_name(body: list[ast.stmt], line: int) -> Iterator[str]:
    """Variables whose next item a line asks for: `anext(it)`, `it.__anext__()`, `it.asend(1)`."""
    for node in guards.within(body):
        if isinstance(node, ast.Call) and node.lineno == line:
            if _name(node.func) == "anext" and node.args:
                yield _name(node.args[0])
            elif isinstance(node.func, ast.Attribute) and node.func.attr in ("__anext__", "asend"):
                yield _name(node.func.value)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
