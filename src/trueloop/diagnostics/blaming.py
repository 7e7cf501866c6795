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
    raised = _went_through(delivery)
    if not raised:  # a native coroutine had it, which has no frame, and raised it anew at its end
        return None if _outermost(delivery) is None else _outer_keeper(delivery)
    for step in _insides(raised):
        if step.code.co_filename == CONTEXTLIB:
            continue
        has_left = _outermost(delivery, step) is not None
        if _is_internal(step) and has_left:
            break  # as a TaskGroup does, when its children have ended
        if _is_internal(step):
            return None
        ways = catching.ways_out(step.code, step.offset, step.namespace)
        if ways.catches and (_stops(ways) or not has_left):
            catch = _chosen(delivery, step, ways, step.code is returned_from)
            return None if catch is None else Blame(catch, step, delivery.callers)
    return _outer_keeper(delivery)


def _went_through(delivery: Delivery) -> tuple[Step, ...]:
    """The lines of its task that the exception has gone through by now, outermost first.

    Who has got hold of the exception may have raised it elsewhere as well: a future that was given
    it does so in whoever awaits that.
    """
    exception = delivery.exception
    if exception is None:
        return delivery.raised
    raised = deliveries.steps_of(exception.__traceback__)
    theirs = {step.code for step in (*delivery.callers, *delivery.raised)}
    further = raised[: -len(delivery.raised)] if delivery.raised else raised
    return raised if all(step.code in theirs for step in further) else delivery.raised


def _insides(raised: tuple[Step, ...]) -> list[Step]:
    """The function that caught the exception; before it, context managers that let it through."""
    found = [raised[0]]
    for outer, inner in itertools.pairwise(raised):
        if not is_detour(outer):
            break
        found.append(inner)
    return found


def _outer_keeper(delivery: Delivery) -> Blame | None:
    """Who kept an exception that went on from a `finally` or an `__exit__` that had to wait."""
    last = _outermost(delivery)
    for number, step in enumerate(delivery.callers):
        if step.code.co_filename == CONTEXTLIB or (
            _is_internal(step) and (last is None or step.code is not last.code)
        ):
            continue
        if _is_internal(step):
            return None
        ways = catching.ways_out(step.code, step.offset, step.namespace)
        catch = ways.certain if _stops(ways) else None
        if last is not None and step.code is last.code:
            # Here it was dropped; perhaps along with what had been raised in its place.
            catch = _dropping(last, ways)
            return None if catch is None else Blame(catch, step, delivery.callers[number + 1 :])
        if catch is not None:
            return Blame(catch, step, delivery.callers[number + 1 :])
    return None


def _outermost(delivery: Delivery, inner: Step | None = None) -> Step | None:
    """Which of the functions that waited for the catching one dropped the exception, and where.

    None if none did, or the catching function (`inner`) itself.
    """
    for running in delivery.dropped:
        if inner is not None and running.code is inner.code:
            return None
        if any(step.code is running.code for step in delivery.callers):
            return running
    return None


def _stops(ways: Ways) -> bool:
    """Whether no CancelledError can leave the function."""
    catch = ways.certain
    return catch is not None and (catch.handler is None or not catching.raises_again(catch.handler))


def _dropping(running: Step, ways: Ways) -> Catch | None:
    """The statement that was just ending when the exception was dropped."""
    around = guards.surroundings(running.code, running.offset)
    for catch in ways.catches:
        if catch.line == around.leaving:
            return catch
        if around.handler is not None and catch.line == around.handler.lineno:
            return catch
        if catch.how is How.RETURN and any(
            getattr(node, "lineno", 0) == catch.line for node in guards.within(around.final or ())
        ):
            return catch
    return None


def _chosen(delivery: Delivery, step: Step, ways: Ways, has_returned: bool) -> Catch | None:
    """Which of a function's statements it was, if the exception has come to all of them."""
    for running in delivery.dropped:
        if running.code is step.code:
            catch = _dropping(running, ways)
            if catch is not None:
                return catch
    if ways.certain is not None:
        went_by = ways.catches[0].raises_nothing and _is_still_inside(delivery, step, ways.certain)
        return ways.catches[0] if went_by else ways.certain
    if all(catch.how is How.EXCEPT for catch in ways.catches):
        return ways.catches[0] if len(ways.catches) == 1 else None
    # Context managers that may keep an exception, or may raise another one instead.
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
    first = deliveries.raised_from(exception, ending)
    while caught is not None:
        raised = _in_frame(first.__traceback__, caught.tb_frame)
        if raised is not None:
            return _converter(caught, raised)
        if not is_detour(deliveries.steps_of(caught)[0]):
            return None
        caught = caught.tb_next
    return None


def _converter(caught: TracebackType, raised: TracebackType) -> Blame | None:
    around = guards.surroundings(raised.tb_frame.f_code, raised.tb_lasti)
    step = deliveries.steps_of(caught)[0]
    if around.final is not None or around.leaving or _is_internal(step):
        return None
    first = catching.ways_out(step.code, step.offset, step.namespace).certain
    if first is not None and first.how is How.EXCEPT:
        return Blame(first, step)  # what it has raised may have been caught and replaced again
    handler = around.handler
    if handler is None or catching.covers(handler.type, (step.namespace,)) is False:
        return None
    if catching.passes_on(handler) and not (raised.tb_next is None and around.has_raise):
        return None  # it would have raised it again, but something failed before
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
