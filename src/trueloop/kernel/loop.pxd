"""The native half of the event loop."""

from libc.stdint cimport uint64_t

from trueloop.kernel.handle cimport Handle
from trueloop.kernel.hooks cimport Hooks
from trueloop.kernel.poller cimport Poller
from trueloop.kernel.ready cimport Entry, Job, Ready
from trueloop.kernel.timers cimport TimerHandle, TimerHeap
from trueloop.kernel.waker cimport Waker


cdef class Loop:
    cdef readonly Hooks hooks
    cdef readonly Ready ready_queue
    cdef readonly TimerHeap timers
    cdef readonly Poller poller
    cdef readonly Waker waker
    cdef public bint _stopping     # end the run after this pass
    cdef public bint _closed
    cdef public bint _debug
    cdef public object _task_factory       # as BaseEventLoop keeps it
    cdef public object _current_handle    # in debug mode the handle that runs, else None
    cdef unsigned long _thread     # ident of the thread that runs the loop; 0 while none does
    cdef bint _own_clock           # time() is CLOCK_MONOTONIC; False once somebody replaced it
    cdef bint _own_timers          # likewise, and nor were call_later() and call_at()
    cdef bint _own_doors           # nor were call_soon_threadsafe() and create_future()
    cdef double _slow_s            # slow_callback_duration
    cdef uint64_t _slow_ticks      # the same in ticks
    cdef int _passes_unpolled      # since the last poll, while work was ready
    cdef int _poll_every           # poll in every n-th pass while work is ready: 1 to 16
    cdef uint64_t _polled_at       # ticks
    cdef uint64_t _poll_within     # ticks that may pass without a poll
    cdef uint64_t _pass_at         # ticks when the pass began: after the poll, if there was one
    cdef uint64_t _quiet_until     # ticks until which no timer is due, unless the first of them
    cdef double _quiet_first       # is due earlier than this
    cdef unsigned int _handle_version     # of the class asyncio.Handle when it was last looked at
    cdef bint _instrumented        # asyncio.Handle._run was replaced
    cdef int _counter              # clock.hardware_counter()
    cdef uint64_t _late            # ticks that a timer of this pass was overdue when it was queued
    cdef double _run_since         # time.monotonic() when the run began
    cdef bint _stirred             # something has run since hooks.idle was called
    cdef uint64_t _idle_due        # ticks before which hooks.idle is not called
    cdef uint64_t _idle_again      # ticks at which it is called even if nothing happens
    cdef uint64_t _alarm_at        # ticks for which the poller's alarm was set last
    cdef object __weakref__

    cdef int run_once(self) except -1
    cdef int wait_for_events(self) except -1
    cdef int timeout_ms(self) except -2
    cdef int idle_timeout_ms(self, int timeout) except -2
    cdef int tell_idle(self, double wait_s) except -1
    cdef int fire_timers(self) except -1
    cdef bint may_fire(self) noexcept
    cdef int run_ready(self) except -1
    cdef int run_entry(self, Entry *entry) except -1
    cdef int run_job(self, Job job) except -1
    cdef int run_by_handle(self, object callback, object args, object context) except -1
    cdef int run_instrumented(self, Entry *entry) except -1
    cdef int look_for_instruments(self) except -1
    cdef int note_slow(self, object ran, uint64_t began, uint64_t took) except -1
    cdef double now(self) except? -1
    cdef TimerHandle arm(self, double due, object when, object callback, tuple args, object context)
    cdef Handle call_threadsafe(self, object callback, tuple args, object context)
    cdef int check_call(self, object callback, str method) except -1
    cdef Handle watch_callback(
        self, object fd, object callback, tuple args, object context, bint writing
    )
