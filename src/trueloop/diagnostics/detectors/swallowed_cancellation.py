"""swallowed-cancellation: a task was told to end, and its own code kept that from taking effect.

Law: follows the delivered CancelledError itself, not the count of requests, and judges when the
outcome is certain: the task has ended otherwise, a timeout has found nothing to time out, or the
program is over. docs/findings/swallowed-cancellation.md says what it means to a developer.

Silent where the task ends as cancelled after all, where uncancel() was called for the exception,
where only the standard library or an installed package took it for its own ends, for a task that
cancelled itself, after Ctrl-C, and for what merely ends when the loop shuts down.
"""

from __future__ import annotations

import contextvars
import sys
import time
import weakref
from typing import TYPE_CHECKING, Any

from trueloop import runtime
from trueloop.diagnostics import blaming, cancelrequests, catching, deliveries, notes, places
from trueloop.diagnostics.cancelrequests import Reason
from trueloop.diagnostics.catching import How
from trueloop.diagnostics.deliveries import Delivery
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.mistakes import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from trueloop.diagnostics.blaming import Blame
    from trueloop.diagnostics.deliveries import Record
    from trueloop.diagnostics.places import Place

_HINTS = {
    How.EXCEPT: (
        "Clean up, then end the handler with a bare `raise`; "
        "whoever cancels must be able to rely on it."
    ),
    How.SUPPRESS: (
        "Suppress CancelledError only around the await of a task that you have cancelled yourself, "
        "and not if asyncio.current_task().cancelling() says that this task is to end."
    ),
    How.WITH: "Let __exit__ or __aexit__ return False when the exception is a CancelledError.",
    How.RETURN: "Do not leave a `finally` by return, break or continue: that drops the exception.",
}
if sys.platform == "linux" and (TYPE_CHECKING or runtime.is_native):
    from trueloop.primitives.taskgroups import leaving as _native_group
    from trueloop.primitives.timeouts import leaving as _native_timeout
else:

    def _native_timeout() -> tuple[Any, BaseException | None] | None:
        """There is none."""
        return None

    def _native_group() -> bool | None:
        """There is none."""
        return None


_ENDS_MORE = (SystemExit, KeyboardInterrupt, GeneratorExit)
_MOST_FRAMES = 8

# CancelledErrors for which uncancel() was called before the step that raised them was over.
_taken_back: dict[int, weakref.ref[BaseException]] = {}


class SwallowedCancellation:
    """Reports cancellations that a task's code made ineffective."""

    kind = "swallowed-cancellation"
    needs: tuple[str, ...] = ("cancellation_survived", "uncancelled")

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._tell_end = guarded(self._ended)

    # -- hooks

    def cancellation_survived(self, task: Any, exception: BaseException) -> None:
        """Hook: a step got `exception`, a CancelledError, and did not end with one."""
        request = task.cancel_request
        record = deliveries.record_of(task)
        foretold, record.foretold = record.foretold, None
        if _taken_back.pop(id(exception), None) is not None:
            return
        delivery = Delivery(task, exception, request)
        _settle_replaced(record, exception, delivery)
        record.add(delivery)
        if foretold is not None and foretold[0] is request:
            if foretold[1] != "defeated":
                delivery.settle(foretold[1])
                return
            delivery.on_death = self._judge_defeat
        if task.done():
            self._judge_end(record, task, in_one_step=exception)
        elif not record.is_followed:
            record.is_followed = True
            task.add_done_callback(self._tell_end, context=contextvars.Context())

    def uncancelled(self, task: Any) -> None:
        """Hook: task.uncancel() is called."""
        frame = _caller()
        code = None if frame is None else frame.f_code
        if frame is not None and code is cancelrequests.TIMEOUT_EXIT:
            timeout, leaving = frame.f_locals.get("self"), frame.f_locals.get("exc_val")
            self._leave_timeout(task, getattr(timeout, "_when", None), leaving)
            return
        native = _native_timeout()
        if native is not None:
            self._leave_timeout(task, native[0].when(), native[1])
            return
        handled = list(deliveries.cancellations_behind(sys.exc_info()[1]))
        has_failed = _native_group()
        if frame is not None and code in cancelrequests.TASK_GROUP_EXITS:
            has_failed = frame.f_locals.get("et") is not None
        if has_failed is not None:
            _take_back(task, handled)
            self._leave_group(task, has_failed=has_failed)
            return
        _take_back(task, handled)
        for delivery in _unsettled(task):
            delivery.settle("uncancelled")
        deliveries.record_of(task).foretold = task.cancel_request, "uncancelled"

    @classmethod
    def process_begins(cls, record: Callable[..., None]) -> None:
        """Before the first loop: exceptions shall say where a cancellation came from."""
        notes.install()

    @classmethod
    def program_ends(cls, record: Callable[..., None]) -> None:
        """The program is over: tasks may have ended without telling, or never will."""
        detector = cls(record)
        for each in deliveries.all_records():
            task = each.task()
            if task is not None and task.done():
                detector._judge_end(each, task)
            elif task is not None:
                detector._judge_lost(each.unsettled(), _NEVER)
        deliveries.clear()
        _taken_back.clear()

    @classmethod
    def fork(cls) -> None:
        """In a forked child: what was swallowed before is the parent's to report."""
        deliveries.clear()
        _taken_back.clear()

    # -- judging

    def _leave_timeout(self, task: Any, due_s: float | None, leaving: BaseException | None) -> None:
        """A timeout that has expired is left: with its CancelledError, or without."""
        behind = list(deliveries.cancellations_behind(leaving))
        if behind and behind[0] is not leaving:
            return  # another exception came of it: the end of the task will tell
        mine = [
            delivery
            for delivery in _unsettled(task)
            if delivery.request is not None
            and cancelrequests.reason(delivery.request) is Reason.TIMEOUT
            and (due_s is None or delivery.request.time_s >= due_s - _CLOCK_S)
        ]
        if behind:
            _take_back(task, behind[:1])
            for delivery in mine:  # put off for a while, and raised anew
                delivery.settle("uncancelled")
        elif not mine:
            # It may have been delivered in this very step, which tells of it at its end.
            deliveries.record_of(task).foretold = task.cancel_request, "defeated"
        elif mine[-1].is_dead:
            self._judge_defeat(mine[-1])

    def _leave_group(self, task: Any, *, has_failed: bool) -> None:
        """A task group is left that has told its host to end, because a child had failed."""
        for delivery in _unsettled(task):
            if cancelrequests.reason(delivery.request) is Reason.TASK_GROUP:
                if not has_failed and blaming.has_gone_on(delivery):
                    self._blame(delivery, blaming.keeper(delivery), _GROUP)
                else:
                    delivery.settle("uncancelled")
        if cancelrequests.reason(task.cancel_request) is Reason.TASK_GROUP:
            # As in a timeout: perhaps delivered in this very step.
            deliveries.record_of(task).foretold = task.cancel_request, "uncancelled"

    def _judge_lost(self, unsettled: list[Delivery], ending: str) -> None:
        """Exceptions that are gone, of a task that does not show it: it cannot raise them later."""
        for delivery in unsettled:
            if not blaming.has_gone_on(delivery):
                continue
            blame = blaming.keeper(delivery)
            if blame is not None and catching.is_final(blame.catch, blame.step.code):
                self._blame(delivery, blame, ending)

    def _judge_defeat(self, delivery: Delivery) -> None:
        """A timeout's exception is gone, and the timeout never saw it."""
        if not delivery.is_settled:
            self._blame(delivery, blaming.keeper(delivery), _DEFEATED)

    def _ended(self, task: Any) -> None:
        """Done-callback."""
        record = deliveries.of(task)
        if record is not None:
            self._judge_end(record, task)

    def _judge_end(
        self, record: Record, task: Any, in_one_step: BaseException | None = None
    ) -> None:
        unsettled = record.unsettled()
        if not unsettled:
            return
        if task.cancelled():
            last = task.cancel_request
            self._judge_lost([each for each in unsettled if each.request is not last], _LATER)
            for delivery in unsettled:
                if not delivery.is_settled:
                    delivery.settle("raised")
            return
        ending = task._exception
        if isinstance(ending, _ENDS_MORE):
            return
        for delivery in unsettled:
            self._judge_ended(task, delivery, ending, in_one_step)

    def _judge_ended(
        self,
        task: Any,
        delivery: Delivery,
        ending: BaseException | None,
        in_one_step: BaseException | None,
    ) -> None:
        if ending is None:
            code = getattr(task.get_coro(), "cr_code", None) if in_one_step else None
            how = _RETURNED if in_one_step else _WENT_ON
            self._blame(delivery, blaming.keeper(delivery, code), how)
            return
        exception = in_one_step if in_one_step is not None else delivery.exception
        how = f"the task ended with {type(ending).__qualname__} instead"
        if exception is None or not deliveries.is_behind(exception, ending):
            self._blame(delivery, blaming.keeper(delivery), how)
            return
        blame = blaming.converter(exception, ending)
        if blame is None:
            delivery.settle("converted")  # some cleanup failed
        else:
            self._blame(delivery, blame, how, "converted")

    def _blame(
        self,
        delivery: Delivery,
        blame: Blame | None,
        ending: str,
        outcome: str = "swallowed",
    ) -> None:
        task = delivery.task()
        name = "" if task is None else task.get_name()
        is_excused = blame is None or _is_excused(name, delivery, blame)
        delivery.settle(outcome)
        if blame is None:
            return
        delivery.caught = blame.place
        where = blaming.where(blame)
        if where is None or is_excused:
            return
        self._record(
            Finding(
                kind=self.kind,
                severity=Severity.ERROR,
                message=_message(task, delivery, blame, ending),
                hint=_HINTS[blame.catch.how],
                time=time.time(),
                task=name or None,
                where=where,
                stack=tuple(step.place for step in reversed(delivery.raised)),
                related=tuple(_related(delivery, blame, where)),
            )
        )


def _is_excused(name: str, delivery: Delivery, blame: Blame) -> bool:
    """Whether whoever asked cannot mind, or does not expect a CancelledError to come out."""
    request = delivery.request
    if request is None:
        return False
    if request.by == name:
        return True
    reason = cancelrequests.reason(request)
    if reason is Reason.INTERRUPT:
        return True
    if reason is Reason.SHUTDOWN:
        return not delivery.was_dropped_at_once  # else it went on: nobody waits for its result
    if blame.catch.handler is not None and catching.chooses(blame.catch.handler):
        return True
    return cancelrequests.is_of_library(request) and not places.is_user(blame.place)


def _message(task: Any, delivery: Delivery, blame: Blame, ending: str) -> str:
    who = "a task"
    if task is not None:
        function = getattr(task.get_coro(), "__qualname__", None)
        who = f"task {task.get_name()}" + (f" ({function})" if function else "")
    cancelled = f"{who} was cancelled {cancelrequests.described(delivery.request)}".rstrip()
    return f"{cancelled}, but `{blame.catch.text}` kept that from taking effect: {ending}"


def _related(delivery: Delivery, blame: Blame, where: Place) -> Iterator[Related]:
    asked = cancelrequests.place(delivery.request)
    if asked is not None:
        yield Related("cancelled-by", asked)
    if blame.place != where:
        yield Related("caught", blame.place)
    delivered = delivery.place
    if delivered is not None and delivered != where:
        yield Related("awaits", delivered)


def _settle_replaced(record: Record, exception: BaseException, delivery: Delivery) -> None:
    """A CancelledError came while an earlier one was on its way, and has taken its place."""
    for earlier in record.unsettled():
        if (
            earlier.exception is not None
            and any(step.code is earlier.raised[0].code for step in delivery.raised)
            and deliveries.is_behind(earlier.exception, exception)
        ):
            earlier.settle("raised")


def _unsettled(task: Any) -> list[Delivery]:
    record = deliveries.of(task)
    return [] if record is None else record.unsettled()


def _take_back(task: Any, handled: list[BaseException]) -> None:
    """uncancel() was called while these CancelledErrors were being handled."""
    if not handled:
        return
    record = deliveries.record_of(task)
    record.last_outcome = task.cancel_request, "uncancelled"
    unsettled = record.unsettled()
    for exception in handled:
        for delivery in unsettled:
            if delivery.exception is exception:
                delivery.settle("uncancelled")
                break
        else:
            _remember(exception)


def _remember(exception: BaseException) -> None:
    key = id(exception)

    def forget(reference: Any) -> None:
        if _taken_back.get(key) is reference:
            del _taken_back[key]

    _taken_back[key] = weakref.ref(exception, forget)


def _caller() -> FrameType | None:
    """The frame that called uncancel(): the first that is not ours."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(_MOST_FRAMES):
        if frame is None or places.origin(frame.f_code.co_filename) is not places.Origin.TRUELOOP:
            return frame
        frame = frame.f_back
    return None


_CLOCK_S = 0.05
_RETURNED = "the task ended as if it had succeeded"
_WENT_ON = "the task went on, and ended as if it had succeeded"
_LATER = "the task went on until it was cancelled once more"
_NEVER = "the task went on, and had not ended when the program did"
_GROUP = "the task went on although a child of its task group had failed"
_DEFEATED = "the time was up, and no TimeoutError came of it"
