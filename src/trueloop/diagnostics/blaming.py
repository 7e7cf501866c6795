"""Blaming: the statement that kept a delivered cancellation from taking effect.

Law: judges one delivery (deliveries.py) by the source of the functions it went through
(catching.py). Certain, or silent: None is the answer whenever two statements might have done it and
one of them is right to.
"""

from __future__ import annotations

import inspect
import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import catching, deliveries, guards, places
from trueloop.diagnostics.catching import How
from trueloop.diagnostics.deliveries import CONTEXTLIB

if TYPE_CHECKING:
    from types import CodeType, FrameType, TracebackType

    from trueloop.diagnostics.catching import Catch, Ways
    from trueloop.diagnostics.deliveries import Delivery, Step
    from trueloop.diagnostics.places import Place

_GENERATORS = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


class Blame(NamedTuple):
    """Who kept the exception.

    Attributes:
        catch: the statement.
        step: where the exception came from in the function with that statement.
        callers: where the functions that wait for that one were suspended, innermost first.
    """

    catch: Catch
    step: Step
    callers: tuple[Step, ...] = ()

    @property
    def place(self) -> Place:
        """The statement's line."""
        return places.of_code(self.step.code, self.catch.line)


def keeper(delivery: Delivery, returned_from: CodeType | None = None) -> Blame | None:
    """The statement that kept the exception; None if none is certain to have.

    Args:
        delivery: one whose task has gone on without the exception, or ended without it.
        returned_from: the task's own function, if that returned in the very step that raised the
            exception.
    """
    exception = delivery.exception
    raised = delivery.raised if exception is None else deliveries.steps_of(exception.__traceback__)
    if not raised:
        return None
    for step, callers in _candidates(delivery, raised):
        if step.code.co_filename == CONTEXTLIB:
            continue
        if _is_internal(step):
            return None
        ways = catching.ways_out(step.code, step.offset, step.namespace)
        catch = _chosen(delivery, step, ways, step.code is returned_from)
        if catch is not None:
            return Blame(catch, step, callers)
        if ways.catches and not delivery.dropped:
            return None  # one that may have done it, and may not
    return None


def _candidates(
    delivery: Delivery, raised: tuple[Step, ...]
) -> list[tuple[Step, tuple[Step, ...]]]:
    """The functions that may have caught it, the most likely one first, and who waits for them."""
    here = [(raised[0], delivery.callers)]
    for outer, inner in itertools.pairwise(raised):
        if not is_detour(outer):
            break
        here.append((inner, delivery.callers))
    if delivery.was_dropped_at_once or any(_stops(step) for step, _ in here):
        return here
    # It may have gone on from a `finally`, or an `__exit__`, that had to wait.
    outwards = [
        (step, delivery.callers[number + 1 :]) for number, step in enumerate(delivery.callers)
    ]
    for running in delivery.dropped:
        if any(step.code is running.code for step, _ in here):
            return here
        for number, (step, _) in enumerate(outwards):
            if step.code is running.code:
                return [outwards[number], *here]
    return here + outwards


def _stops(step: Step) -> bool:
    """Whether no CancelledError that is raised there can leave the function."""
    if step.code.co_filename == CONTEXTLIB:
        return False
    catch = catching.ways_out(step.code, step.offset, step.namespace).certain
    return catch is not None and (catch.handler is None or not catching.raises_again(catch.handler))


def _chosen(delivery: Delivery, step: Step, ways: Ways, has_returned: bool) -> Catch | None:
    if not ways.catches:
        return None
    for running in delivery.dropped:
        if running.code is step.code:
            around = guards.surroundings(running.code, running.offset)
            for catch in ways.catches:
                if catch.line == around.leaving:
                    return catch
                if around.handler is not None and catch.line == around.handler.lineno:
                    return catch
            if around.handler is not None and catching.covers(around.handler.type) is False:
                return None  # it was dropped along with what had been raised in its place
    if ways.certain is not None:
        went_by = ways.catches[0].raises_nothing and _is_still_inside(delivery, step, ways.certain)
        return ways.catches[0] if went_by else ways.certain
    if all(catch.how is How.EXCEPT for catch in ways.catches):
        return ways.catches[0] if len(ways.catches) == 1 else None
    if ways.catches[0].raises_nothing and len(ways.catches) == 1:
        return ways.catches[0]  # it has stopped here, and nothing else stops it
    if ways.has_handlers:
        return None  # a context manager may have raised what one of them has caught
    went_on = (
        delivery.was_dropped_at_once and delivery.now is not None and delivery.now.code is step.code
    )
    return ways.catches[0] if went_on or has_returned else None


def _is_still_inside(delivery: Delivery, step: Step, catch: Catch) -> bool:
    """Whether the function has gone on in the body of the `try` that the handler belongs to."""
    now = delivery.now
    if now is None or now.code is not step.code or not delivery.was_dropped_at_once:
        return False
    return any(
        isinstance(guard, guards.Except) and catch.handler in guard.handlers
        for guard in guards.surroundings(now.code, now.offset).guards
    )


def has_gone_on(delivery: Delivery) -> bool:
    """Whether the function that caught it waited for something else right afterwards."""
    now = delivery.now
    if now is None or not delivery.was_dropped_at_once:
        return False
    return not guards.surroundings(now.code, now.offset).leaving


def is_detour(step: Step) -> bool:
    """Whether the function is the inside of a context manager: its caller is not outside of it."""
    return step.code.co_filename == CONTEXTLIB or bool(step.code.co_flags & _GENERATORS)


def _is_internal(step: Step) -> bool:
    file = step.code.co_filename
    return file != CONTEXTLIB and places.origin(file) >= places.Origin.STDLIB


def converter(exception: BaseException, ending: BaseException) -> Blame | None:
    """The `except` clause that raised `ending` in place of the CancelledError `exception`.

    None if none did so on purpose: some cleanup failed.
    """
    caught = exception.__traceback__
    while caught is not None:
        raised = _in_frame(ending.__traceback__, caught.tb_frame)
        if raised is not None:
            return _converter(caught, raised)
        if not is_detour(deliveries.steps_of(caught)[0]):
            return None
        caught = caught.tb_next
    return None


def _converter(caught: TracebackType, raised: TracebackType) -> Blame | None:
    code = raised.tb_frame.f_code
    around = guards.surroundings(code, raised.tb_lasti)
    handler = around.handler
    if handler is None or around.final is not None or around.leaving:
        return None
    step = deliveries.steps_of(caught)[0]
    if _is_internal(step) or catching.covers(handler.type, (step.namespace,)) is False:
        return None
    on_purpose = raised.tb_next is None and around.has_raise
    if not on_purpose and catching.passes_on(handler):
        return None
    first = catching.ways_out(step.code, step.offset, step.namespace).certain
    if first is not None and first.how is How.EXCEPT:
        return Blame(first, step)  # what it raised may have been caught and replaced again
    text = catching.text_of(handler)
    return Blame(catching.Catch(How.EXCEPT, handler.lineno, text, True, handler), step)


def _in_frame(traceback: TracebackType | None, frame: FrameType) -> TracebackType | None:
    while traceback is not None:
        if traceback.tb_frame is frame:
            return traceback
        traceback = traceback.tb_next
    return None


def where(blame: Blame) -> Place | None:
    """The line to look at: the statement if it is the developer's own, else who called it.

    None if no code of the developer's has to do with it.
    """
    place = blame.place
    if places.is_user(place):
        return place
    caller: Any = places.foremost(step.place for step in blame.callers)
    return caller if places.is_user(caller) else None
