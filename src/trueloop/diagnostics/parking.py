"""Parking: whether a task that nothing will wake was meant to stay.

Law: reads the code at whose await a task sits, never its variables. What it does not recognise
was perhaps meant.

`await asyncio.Future()` is how a program says "for ever, until somebody cancels me". It looks the
same to the collector as a reply that cannot come any more. What tells them apart stands in the
code: whoever parks makes the future or event on the spot, hands it to nobody and ignores its value.
"""

from __future__ import annotations

import asyncio
import enum
import itertools
import weakref
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import places
from trueloop.diagnostics.waits import chain

if TYPE_CHECKING:
    from dis import Instruction


class Parking(enum.IntEnum):
    """How much the code looks as if the task were meant to wait for ever."""

    NO = 0  # it waits for somebody's action
    HARDLY = 1  # for an event, or a future without a value, that is stored in some object
    PERHAPS = 2  # for a future or event of its own, which it gives to nobody
    YES = 3  # for a future or event that was made for this await


class Wait(NamedTuple):
    """What a task waits for: in words, and whether it is parked."""

    words: str
    parking: Parking


class Link(NamedTuple):
    """One coroutine or generator of those that await each other, and where it is suspended."""

    code: CodeType
    instruction: int


_EVENT_WAIT = asyncio.Event.wait.__code__
_WORDS = {
    function.__code__: words
    for function, words in (
        (asyncio.Queue.get, "an item from a queue"),
        (asyncio.Queue.put, "room in a queue"),
        (asyncio.Queue.join, "the jobs of a queue to be done"),
        (asyncio.Lock.acquire, "a lock"),
        (asyncio.Semaphore.acquire, "a semaphore"),
        (asyncio.Condition.wait, "a condition"),
        (asyncio.Event.wait, "an event"),
        (asyncio.Barrier.wait, "a barrier"),
        (asyncio.StreamReader.read, "a stream"),
        (asyncio.StreamReader.readline, "a stream"),
        (asyncio.StreamReader.readexactly, "a stream"),
        (asyncio.StreamReader.readuntil, "a stream"),
    )
}
_ANY = "a future"
_FRAMES = ("cr_frame", "ag_frame", "gi_frame")
# Looking at one's own future gives it to nobody.
_LOOKS = frozenset({"wait", "is_set", "done", "cancelled"})
_MAKERS = frozenset({"Future", "create_future", "Event"})
_FILLING = frozenset({"CACHE", "NOP", "EXTENDED_ARG", "PRECALL", "COPY_FREE_VARS", "RESUME"})
_MOST_BACK = 6


def of_task(task: Any) -> Wait:
    """What the task, which must be suspended, waits for."""
    links = _links(task)
    words = next((_WORDS[link.code] for link in reversed(links) if link.code in _WORDS), _ANY)
    if not links:
        return Wait(words, Parking.PERHAPS)
    if words == _WORDS[_EVENT_WAIT] and len(links) > 1:
        return Wait(words, _parking(links[1], by_method=True))
    if words == _ANY and places.origin(links[0].code.co_filename) < places.Origin.STDLIB:
        return Wait(words, _parking(links[0], by_method=False))
    return Wait(words, Parking.NO)


def _links(task: Any) -> list[Link]:
    """The chain of awaits, innermost first."""
    found = []
    for each in chain.of_task(task):
        frame = next((getattr(each, name) for name in _FRAMES if hasattr(each, name)), None)
        if frame is not None:
            found.append(Link(frame.f_code, frame.f_lasti))
        elif chain.code_of(each) is not None:
            found.append(Link(chain.code_of(each), 0))
    found.reverse()
    return found


# A thousand tasks wait at one line; reading its code takes a while.
_read: weakref.WeakKeyDictionary[CodeType, dict[tuple[int, bool], Parking]]
_read = weakref.WeakKeyDictionary()


def _parking(link: Link, *, by_method: bool) -> Parking:
    """`by_method`: the await calls a method (`wait`) of the object in question."""
    known = _read.setdefault(link.code, {})
    found = known.get((link.instruction, by_method))
    if found is None:
        found = known[link.instruction, by_method] = _parking_read(link, by_method=by_method)
    return found


def _parking_read(link: Link, *, by_method: bool) -> Parking:
    import dis  # a program without a stranded task never needs it

    listing = [each for each in dis.get_instructions(link.code) if each.opname not in _FILLING]
    before = [
        i
        for i, each in enumerate(listing)
        if each.opname == "GET_AWAITABLE" and each.offset <= link.instruction
    ]
    if not before:
        return Parking.PERHAPS
    place = before[-1]
    subject = place - 1
    if by_method:
        while subject > 0 and listing[subject].argval != "wait":
            subject -= 1
        subject -= 1
    if subject < 0:
        return Parking.PERHAPS
    if listing[subject].opname.startswith("CALL"):
        names = {str(each.argval) for each in listing[max(0, subject - _MOST_BACK) : subject]}
        if names & _MAKERS:
            return Parking.YES
    if not by_method and not _is_ignored(listing, place):
        return Parking.NO
    name = _loaded(listing[subject])
    if name is None:
        return Parking.HARDLY
    is_given = _is_argument(link.code, name) or _is_given(link.code, listing, name)
    return Parking.NO if is_given else Parking.PERHAPS


def _loaded(instruction: Instruction) -> str | None:
    """The local variable that an instruction leaves on top of the stack."""
    if "LOAD_FAST" not in instruction.opname and instruction.opname != "LOAD_DEREF":
        return None
    value = instruction.argval
    return str(value[-1] if isinstance(value, tuple) else value)


def _is_argument(code: CodeType, name: str) -> bool:
    count = code.co_argcount + code.co_kwonlyargcount
    return name in code.co_varnames[:count] or name in code.co_freevars


def _is_given(code: CodeType, listing: list[Instruction], name: str) -> bool:
    """Whether the function does anything with its variable but await it or look at it."""
    if name in code.co_cellvars:
        return True
    for each, following in itertools.pairwise(listing):
        values = each.argval if isinstance(each.argval, tuple) else (each.argval,)
        if "LOAD_FAST" not in each.opname or name not in values:
            continue
        if _loaded(each) != name:
            return True
        if following.opname != "GET_AWAITABLE" and following.argval not in _LOOKS:
            return True
    return False


def _is_ignored(listing: list[Instruction], place: int) -> bool:
    """Whether the value of the await at `place` is thrown away."""
    send = next((each for each in listing[place:] if each.opname == "SEND"), None)
    if send is None:
        return False
    after = [each.opname for each in listing if each.offset >= send.argval]
    if after and after[0] == "END_SEND":
        del after[0]
    return bool(after) and after[0].startswith("POP_TOP")
