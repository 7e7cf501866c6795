"""Provenance: where a cancellation came from and what became of it, as data and as a sentence.

Law: puts together what the kernel's request and the noted deliveries say, when somebody asks.
Changes nothing and keeps nothing. What is not known is None.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop import runtime
from trueloop.diagnostics import cancelrequests, deliveries, limits, places, plumbing
from trueloop.diagnostics.cancelrequests import Reason
from trueloop.diagnostics.limits import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trueloop.diagnostics.limits import Limit
    from trueloop.diagnostics.places import Place
    from trueloop.observable import CancelRequest

if sys.platform == "linux" and (TYPE_CHECKING or runtime.is_native):
    from trueloop.kernel.cancellation import request_of
else:

    def request_of(exception: BaseException) -> CancelRequest | None:
        """asyncio's own loop does not say who cancelled."""
        return None


__all__ = ["Cancellation", "cancellation", "note", "request_of"]

_MOST_FRAMES = 100
_LONGEST_TEXT = 200


class Cancellation(NamedTuple):
    """What is known of the last cancellation of a task.

    Attributes:
        reason: "timeout", "task group", "shutdown", "gather", "wait_for", "Ctrl-C", or "cancel()"
            for any other call.
        requested_by: name of the task that asked; None if a callback or another thread did.
        requested_at: the line that asked; for a timeout, the one that set it.
        time: when, in seconds since the epoch.
        message: what cancel() was given.
        timeout_s: of a timeout: how many seconds it allowed.
        failure: of a task group: the failure for which it ended its tasks.
        delivered_at: the await that raised the CancelledError.
        caught_at: the statement that kept it from taking effect.
        outcome: "pending": not delivered yet. "delivered": the task's code has it, or had it, and
            what comes of that is not certain yet. "raised": the task ended as cancelled.
            "uncancelled": the task took the request back, as a timeout does. "converted":
            another exception came of it. "swallowed". "missed": the task ended before it came.
    """

    reason: str
    requested_by: str | None
    requested_at: Place | None
    time: float
    message: object = None
    timeout_s: float | None = None
    failure: str | None = None
    delivered_at: Place | None = None
    caught_at: Place | None = None
    outcome: str = "pending"

    def __str__(self) -> str:
        text = f"cancelled {self._by()}"
        if self.delivered_at is not None:
            text += f"; delivered at {self.delivered_at}"
        return text

    def _by(self) -> str:
        at = self.requested_at
        if self.reason == Reason.TIMEOUT:
            length = "" if self.timeout_s is None else f" of {self.timeout_s:g} s"
            return f"by a timeout{length}" + (f" entered at {at.file}:{at.line}" if at else "")
        if self.reason == Reason.TASK_GROUP:
            return "by its task group" + (f" after {self.failure}" if self.failure else "")
        if self.reason != Reason.CALL:
            return cancelrequests.BY[Reason(self.reason)]
        if self.requested_by is None:
            return f"at {at}" if at else "by a callback"
        inside = f" ({at.function}, {at.file}:{at.line})" if at else ""
        return f"by {self.requested_by}{inside}"


def cancellation(task: Any) -> Cancellation | None:
    """What is known of the last cancellation of a task; None if nobody has asked for one.

    Only tasks of a native loop know.
    """
    request = getattr(task, "cancel_request", None)
    if request is None:
        return None
    delivered, caught, outcome = _fate(task, request)
    frames = () if task.done() else deliveries.suspended_frames(task.get_coro())
    spots = [limits.spot_of(frame) for frame in frames]
    spots.reverse()
    return _cancellation(request, task, spots, delivered, caught, outcome)


def note(exception: BaseException, limit: Limit | None = None) -> str | None:
    """One sentence on where a CancelledError came from; None if that is not known.

    `limit`: the one that has expired, if that is known.
    """
    request = request_of(exception)
    if request is None:
        return None
    spots = list(_spots_of(exception)) if limit is None else []
    delivered = _delivered_at(exception)
    return str(_cancellation(request, _running_task(), spots, delivered, None, "", limit))


def _cancellation(
    request: CancelRequest,
    task: Any,
    spots: list[Spot],
    delivered: Place | None,
    caught: Place | None,
    outcome: str,
    limit: Limit | None = None,
) -> Cancellation:
    reason = cancelrequests.reason(request)
    if limit is None and reason is Reason.TIMEOUT:
        limit = limits.around(spots) if request.limit is None else limits.of_native(request.limit)
    return Cancellation(
        reason=str(reason),
        requested_by=request.by,
        requested_at=cancelrequests.place(request) if limit is None else limit.place,
        time=time.time() - (time.monotonic() - request.time_s),
        message=request.message,
        timeout_s=None if limit is None else limit.seconds,
        failure=_failure(task, spots) if reason is Reason.TASK_GROUP else None,
        delivered_at=delivered,
        caught_at=caught,
        outcome=outcome,
    )


def _fate(task: Any, request: CancelRequest) -> tuple[Place | None, Place | None, str]:
    """Where the request's exception was delivered and caught, and what became of it."""
    record = deliveries.of(task)
    if record is not None:
        for delivery in reversed(record.deliveries):
            if delivery.request is request:
                outcome = "raised" if task.cancelled() else delivery.outcome
                return delivery.place, delivery.caught, outcome
        if record.last_outcome is not None and record.last_outcome[0] is request:
            return None, None, record.last_outcome[1]
    if not task.done():
        for exception in deliveries.cancellations_behind(sys.exc_info()[1]):
            if request_of(exception) is request:  # somebody handles it and asks
                return _delivered_at(exception), None, "delivered"
        return None, None, "pending"
    return None, None, "raised" if task.cancelled() else "missed"


def _delivered_at(exception: BaseException) -> Place | None:
    steps = deliveries.steps_of(exception.__traceback__)
    return places.foremost(step.place for step in reversed(steps))


def _spots_of(exception: BaseException) -> Iterator[Spot]:
    """Where the exception went through, innermost first, and the frames that wait for those."""
    through: list[Spot] = []
    traceback = exception.__traceback__
    while traceback is not None and len(through) < _MOST_FRAMES:
        through.append(Spot(traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno))
        traceback = traceback.tb_next
    yield from reversed(through)
    outer = through[0].frame.f_back if through else None
    for _ in range(_MOST_FRAMES):
        if outer is None or outer.f_code.co_filename in places.LOOP_FILES:
            return
        yield limits.spot_of(outer)
        outer = outer.f_back


def _running_task() -> Any:
    hooks = getattr(asyncio._get_running_loop(), "hooks", None)
    return None if hooks is None else hooks.current_task


def _failure(task: Any, spots: list[Spot]) -> str | None:
    """What failed in the task group that a task belongs to, or is the host of."""
    for group in _groups(task, spots):
        failed = getattr(group, "_base_error", None) or next(iter(group._errors or ()), None)
        if failed is not None:
            return f"{type(failed).__qualname__}: {failed}"[:_LONGEST_TEXT]
    return None


def _groups(task: Any, spots: list[Spot]) -> Iterator[Any]:
    for callback in plumbing.callbacks(task):
        owner = getattr(callback, "__self__", None)
        if isinstance(owner, plumbing.TASK_GROUPS):
            yield owner
    for spot in spots:
        for value in tuple(spot.frame.f_locals.values()):
            if type(value) in plumbing.TASK_GROUPS:
                yield value
