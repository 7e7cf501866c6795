"""The watch: a native thread that sees a blocked loop, and where, while it is blocked.

Law: a thin face of the C code beside it. Records what happened; judges nothing.

The thread never takes the GIL, so it sees a stall in C code that holds the GIL (a regular
expression, a sort) as well as one that waits (`time.sleep`, a lock). It reads the beat that each
loop publishes (`kernel/beat.h`), and when a step has lasted for half of what it may, begins to
sample the Python stack of the loop's thread, at first every 10 ms, then ever more seldom; likewise
when a whole pass over the ready queue has lasted for a quarter of that. Whoever learns afterwards
that a step or a pass was slow asks for the record with `take` or `take_pass`.

Reading a stack so takes knowledge of CPython's insides. Where that is missing, or wrong
(selfcheck.py), a Python thread looks instead when the native one calls it: later, for it waits for
the GIL, but by public functions only. A line in the log says so once.
"""

import _thread
import atexit
import logging
import os
import sys
from collections.abc import Iterable
from typing import NamedTuple

from trueloop.diagnostics.stall import DOINGS, Call, Frame, Holder, Sample, Stall
from trueloop.diagnostics.watch import _native, selfcheck

__all__ = [
    "Frame",
    "Sample",
    "Stall",
    "Status",
    "announce",
    "forget_written",
    "start",
    "status",
    "stop",
    "take",
    "take_pass",
    "written",
]


class Status(NamedTuple):
    """What the watch is and has done, as far as `start`'s arguments: see there.

    Attributes:
        stacks: How stacks are read: "native", by the watch thread itself; "polite", by a Python
            thread that must wait for the GIL, since the frames of this Python are not known; "none"
            if that is not possible either. "none" while the watch does not run.
        can_see_gil: It is known when a thread waits for the GIL: not so in a container that hides
            /proc/PID/task/TID/syscall, or with a CPython whose GIL nobody has described.
        is_running: The thread runs.
        reads_by: "process_vm_readv", "pipe" where that call is forbidden, "none" if nothing works.
        rounds: How often it looked at all loops.
        looks: How often it read a stack, `failed_looks` of them in vain.
        looking_s: Processor time spent reading stacks.
        thread_id: The kernel's id of the watch thread, as threading.get_native_id() would give it
            there; 0 while it does not run, or has only just been started.
    """

    stacks: str
    can_see_gil: bool
    is_running: bool
    reads_by: str
    beats_address: int
    ticks_per_second: float
    hardware_clock: bool
    rounds: int
    looks: int
    failed_looks: int
    looking_s: float
    thread_id: int


def start(
    *, beats_address: int, ticks_per_second: float, hardware_clock: bool | None = None
) -> None:
    """Start the watch thread. Does nothing if it runs with the same arguments already.

    The thread keeps no process alive, ends before the interpreter does, and is started anew in a
    forked child.

    Args:
        beats_address: Of the variable that holds the head of the list of beats.
        ticks_per_second: Rate of the clock of the beats.
        hardware_clock: The beats are in ticks of the processor's counter (else in nanoseconds of
            CLOCK_MONOTONIC). None: judge by the rate.

    Raises:
        ValueError: The address is 0, or the rate not positive.
        OSError: The system permits no further thread.
    """
    if not beats_address or not ticks_per_second > 0:
        raise ValueError("the watch needs an address of beats and a rate of ticks")
    if hardware_clock is None:
        hardware_clock = ticks_per_second != 1e9
    wanted = beats_address, ticks_per_second, hardware_clock
    with _door:
        now = status()
        if now.is_running:
            if wanted == (now.beats_address, now.ticks_per_second, now.hardware_clock):
                return
            _native.stop()
        stacks = selfcheck.way_to_look()
        _native.start(*wanted, stacks)
        if stacks == "polite":
            _thread.start_new_thread(_native.serve, ())
    if stacks != "native":
        _tell_of_ignorance(stacks)


def stop() -> None:
    """End the watch thread and forget all records. Does nothing if it does not run."""
    with _door:
        _native.stop()


def _tell_of_ignorance(stacks: str) -> None:
    """Say that blocked loops will be seen less well, once in a process."""
    global _told
    if _told:
        return
    _told = True
    consequence = (
        "a blocked loop's line is looked up by other means, and may be missing"
        if stacks == "polite"
        else "findings of blocked loops do not name a line"
    )
    # No Python warning: test suites turn those into errors.
    logging.getLogger("trueloop.notice").warning(
        "trueloop: the stack frames of this Python (%s) are not known: %s. "
        "Another version of trueloop may know them.",
        sys.version.split()[0],
        consequence,
    )


def take(beat_address: int, started_ticks: int) -> Stall | None:
    """Hand over, and forget, what was recorded of the step that began at `started_ticks`.

    To be called on the loop's thread when the step is over. None if the watch saw nothing of it; if
    it could not, because it was itself held up, a record without samples says so.
    """
    return _as_stall(_native.take(beat_address, started_ticks))


def take_pass(beat_address: int, began_ticks: int) -> Stall | None:
    """Likewise of the pass over the ready queue that began at `began_ticks`.

    Its samples come evenly, so that each counts as much as any other. There are none unless stacks
    are read natively.
    """
    return _as_stall(_native.take_pass(beat_address, began_ticks))


def _as_stall(record: "_native._Stall | None") -> Stall | None:
    if record is None:
        return None
    samples, starved_s, cpu_s, watch_late_s, gil_s, own = record[:6]
    calls, holders, announced_at, missed = record[6:]
    python_s, c_s, gc_s, syscall_s = own
    return Stall(
        samples=tuple(
            Sample(age_s, _frames(frames), DOINGS[at] == "gil", DOINGS[at], spans, code, bits, lost)
            for age_s, frames, _, at, spans, code, bits, lost in samples
        ),
        starved_s=starved_s,
        cpu_s=cpu_s,
        watch_late_s=watch_late_s,
        announced=announced_at is not None,
        announced_at=None if announced_at is None else Frame(*announced_at),
        truncated=any(sample[2] for sample in samples),
        gil_s=gil_s,
        python_s=python_s,
        c_s=c_s,
        gc_s=gc_s,
        syscall_s=syscall_s,
        calls=tuple(Call(name or f"number {number}", held_s) for number, name, held_s in calls),
        missed=missed,
        holders=tuple(Holder(ident, held_s, _frames(at)) for ident, held_s, at in holders),
    )


def _frames(frames: "tuple[_native._Frame, ...]") -> tuple[Frame, ...]:
    return tuple(Frame(*frame) for frame in frames)


def announce(
    text_fd: int,
    json_fd: int,
    *,
    library_prefixes: Iterable[str] = (),
    silenced: Iterable[tuple[str | None, str | None]] = (),
    coloured: bool = False,
) -> None:
    """Let the watch thread write a `blocked-loop` finding itself, while the loop is still blocked.

    It does so when a step has lasted ten times what it may, not counting time in which the process
    was stopped or starved; once for each place. Each call replaces all that was said before.

    Args:
        text_fd: File descriptor for a text for people, -1 for none.
        json_fd: File descriptor for a line of JSON, -1 for none.
        library_prefixes: A frame whose file begins with one of these is a library's, and blamed
            only if the step has no other. Frozen modules are always libraries, and files in a
            `site-packages` or `dist-packages` rank between a library's and the program's own.
        silenced: Pairs of patterns (file, function), with the meaning they have for
            `trueloop.diagnostics.ignore`; None matches everything. A comment
            `# trueloop: ignore[blocked-loop]` on the line silences as well.
        coloured: The text has the colours of terminal.py.
    """
    _native.announce(text_fd, json_fd, tuple(library_prefixes), tuple(silenced), coloured)


def written(file: str, line: int) -> None:
    """Tell the watch thread that the finding at this place has been written, so that it won't."""
    _native.written(file, line)


def forget_written() -> None:
    """Permit places that have been written before to be announced again."""
    _native.forget_written()


def status() -> Status:
    """What the watch is and has done since it was started."""
    return Status(*_native.status())


def _start_anew_in_child() -> None:
    global _door
    _door = _thread.allocate_lock()  # some thread of the parent may have had it
    _native.after_fork_in_child()
    if status().stacks == "polite":
        _thread.start_new_thread(_native.serve, ())


_door = _thread.allocate_lock()
_told = False

atexit.register(stop)
os.register_at_fork(
    before=_native.before_fork,
    after_in_parent=_native.after_fork_in_parent,
    after_in_child=_start_anew_in_child,
)
