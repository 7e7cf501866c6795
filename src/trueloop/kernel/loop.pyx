"""The native half of the event loop: run_once as a list of phases, and the call_* family.

Law: owns one of each of the kernel's parts and nothing else; what a loop can do beyond scheduling
(sockets, subprocesses, executors) is CPython's code and joins in trueloop/loop.py.

One pass (run_once) is four phases:

    wait_for_events    poll; blocks only if nothing is ready
    waker.take         what other threads posted
    fire_timers        timers that are due
    run_ready          everything that was ready when this phase began, in order

While work is ready, polling costs a system call per pass for nothing. So a poll that finds nothing
doubles the number of passes until the next one, up to 16; a poll that finds something sets it back
to every pass. Independent of that, no more than 20 microseconds pass without a poll, and the first
pass of a run always polls.

The beat (beat.h) is written once per entry: the clock reading that ends one entry starts the next.
"""

from cpython.exc cimport PyErr_CheckSignals
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF

import sys
from asyncio import base_events, events, format_helpers
from asyncio.base_events import BaseEventLoop, _format_handle

from libc.math cimport INFINITY
from libc.stdint cimport uintptr_t

from trueloop.kernel.clock cimport hardware_counter, monotonic_s, ticks_per_s, tl_ticks
from trueloop.kernel.currenttask cimport leave_tasks
from trueloop.kernel.differences cimport CANCEL_WAITS, eager_task_factory
from trueloop.kernel.door cimport (
    tl_door_disown, tl_door_is_anothers, tl_door_is_run_here, tl_door_own,
)
from trueloop.kernel.future cimport PENDING, Future, future_on
from trueloop.kernel.handle cimport Handle, fill, run_callback, tell_failure
from trueloop.kernel.hooks cimport tl_beat_pass, tl_beat_step
from trueloop.kernel.poller cimport EPOLLIN
from trueloop.kernel.ready cimport CALLBACK, HANDLE, JOB, STEP, Job
from trueloop.kernel.task cimport Task, new_task
from trueloop.kernel.waiters cimport LISTENS, Listener, scheduled_callback, shown_context, tell
from trueloop.kernel.threadsafehandle cimport ThreadSafeHandle
from trueloop.kernel.workitem cimport hand_over

cdef extern from "Python.h":
    object PyContext_CopyCurrent()
    int PyObject_GenericSetAttr(object, object, PyObject *) except -1

cdef extern from *:
    """
    /* Another one, or 0, after an attribute of the type was set. */
    static inline unsigned int tl_type_version(PyObject *type) {
        return ((PyTypeObject *)type)->tp_version_tag;
    }
    """
    unsigned int type_version "tl_type_version"(object) noexcept

cdef object Handle_of_asyncio = events.Handle
cdef object plain_run = events.Handle._run

cdef frozenset REPLACEABLE = frozenset(
    "time call_soon call_later call_at call_soon_threadsafe create_future __class__".split()
)
cdef object ABSENT = object()

cdef double LONGEST_POLL_S = 24 * 3600.0
cdef int RAREST_POLL = 16
cdef double POLL_WITHIN_S = 20e-6
cdef double LONGEST_QUIET_S = 0.02    # timers are looked at by their own clock at least so often,
cdef double TICKS_KEEP_TIME = 0.98    # and ticks are trusted no better than that
cdef double IDLE_WITHIN_S = 0.05      # hooks.idle is called no more often,
cdef double IDLE_OVERDUE_S = 1.0      # and so much later even if the loop never waits
cdef double IDLE_MARGIN_S = 0.0005    # ticks and the kernel's clock differ a little
cdef uint64_t NEVER = <uint64_t>-1


cdef class Loop:
    """Scheduling: the part of EventLoop that runs per step, per callback and per timer."""

    def __cinit__(self):
        self._closed = True  # in case it cannot be made
        self.hooks = Hooks()
        self.hooks.loop_hash = hash(self)
        self.ready_queue = Ready(self.hooks)
        self.timers = TimerHeap()
        self.poller = Poller(self.ready_queue)
        self.waker = Waker(self.ready_queue)
        self._counter = hardware_counter()
        self._poll_within = <uint64_t>(POLL_WITHIN_S * ticks_per_s())
        note_replaced(self)
        self.slow_callback_duration, self._closed = 0.1, False

    def __dealloc__(self):
        if self.hooks is not None and self.hooks.published != NULL:
            leave_tasks(self, self.hooks)

    def __setattr__(self, name, value):
        PyObject_GenericSetAttr(self, name, <PyObject *>value)
        if name in REPLACEABLE:
            note_replaced(self)

    def __delattr__(self, name):
        PyObject_GenericSetAttr(self, name, NULL)
        if name in REPLACEABLE:
            note_replaced(self)

    # -- what CPython's BaseEventLoop keeps in attributes of these names

    @property
    def _ready(self):
        return self.ready_queue.snapshot()

    @_ready.setter
    def _ready(self, value):
        pass  # BaseEventLoop.__init__ makes a deque of its own; ours is ready_queue

    @property
    def _scheduled(self):
        return self.timers.snapshot()

    @_scheduled.setter
    def _scheduled(self, value):
        pass  # likewise: ours is timers

    @property
    def slow_callback_duration(self):
        """Seconds of one step or callback above which it is reported as slow."""
        return self._slow_s

    @slow_callback_duration.setter
    def slow_callback_duration(self, seconds):
        self._slow_s = seconds
        limit = seconds * ticks_per_s()
        # A limit of 0 or less reports every callback, as asyncio's does; one that no clock
        # reaches (inf) reports none.
        self._slow_ticks = <uint64_t>min(max(limit, 0.0), 9e18)
        self.hooks.set_slow(self._slow_ticks)

    def get_debug(self):
        """Whether the loop is in debug mode."""
        return bool(self._debug)

    def is_closed(self):
        """Whether close() was called."""
        return bool(self._closed)

    def is_running(self):
        """Whether the loop runs now, in whatever thread."""
        return self._thread != 0

    @property
    def _thread_id(self):
        return self._thread or None

    @_thread_id.setter
    def _thread_id(self, ident):
        self._thread = ident or 0

    def _check_closed(self):
        if self._closed:
            raise RuntimeError("Event loop is closed")

    def time(self):
        """The loop's time in seconds: time.monotonic()."""
        return monotonic_s()

    # -- scheduling

    def call_soon(self, callback, *args, context=None):
        """Call callback(*args) in the next pass, in `context` (default: a copy of now's)."""
        cdef Handle handle
        if self._closed:
            raise RuntimeError("Event loop is closed")
        handle = Handle.__new__(Handle)
        fill(handle, callback, args, self)
        handle.context = self.ready_queue.context_copy() if context is None else context
        if self._debug:
            self.check_call(callback, "call_soon")
            handle._source_traceback = format_helpers.extract_stack(sys._getframe(0))
        self.ready_queue.note_thread(self, "call_soon()")
        self.waker.take()  # what came from other threads came first
        self.ready_queue.push(HANDLE, <PyObject *>handle, NULL, NULL)
        return handle

    def call_soon_threadsafe(self, callback, *args, context=None):
        """call_soon for other threads and for signal handlers: wakes the loop."""
        return self.call_threadsafe(callback, args, context)

    cdef Handle call_threadsafe(self, object callback, tuple args, object context):
        cdef Handle handle
        cdef bint is_here = tl_door_is_run_here(&self.ready_queue.door)
        if self._closed:
            raise RuntimeError("Event loop is closed")
        if CANCEL_WAITS:
            handle = ThreadSafeHandle.__new__(ThreadSafeHandle)
        else:
            handle = Handle.__new__(Handle)
        fill(handle, callback, args, self)
        if context is not None:
            handle.context = context
        elif is_here:
            handle.context = self.ready_queue.context_copy()
        else:
            handle.context = self.ready_queue.context_to_post()
        if self._debug:
            self._check_callback(callback, "call_soon_threadsafe")
            handle._source_traceback = format_helpers.extract_stack(sys._getframe(0))
        if not is_here:
            self.ready_queue.post(HANDLE, <PyObject *>handle, NULL, NULL)
            return handle
        # The loop's own thread: keep the order of call_soon. It may be a signal handler that
        # interrupts the poll, so ring as well.
        self.waker.take()
        self.ready_queue.push(HANDLE, <PyObject *>handle, NULL, NULL)
        self.waker.wake_if_asleep()
        return handle

    def _hand_over(self, executor, func, args):
        """run_in_executor() without CPython's help: a Future, or None if it takes that."""
        if self._closed or self._debug or not self._own_doors:
            return None
        pool = executor
        if executor is None:
            if self._executor_shutdown_called:
                return None
            pool = self._default_executor
        return hand_over(self, self.ready_queue, executor, pool, func, args)

    def call_later(self, delay, callback, *args, context=None):
        """Call callback(*args) after `delay` seconds."""
        if delay is None:
            raise TypeError("delay must not be None")
        if self._own_clock:
            return self.arm(monotonic_s() + delay, None, callback, args, context)
        when = self.time() + delay
        return self.arm(when, when, callback, args, context)

    def call_at(self, when, callback, *args, context=None):
        """Call callback(*args) when loop.time() reaches `when`."""
        if when is None:
            raise TypeError("when cannot be None")
        return self.arm(when, when, callback, args, context)

    cdef TimerHandle arm(self, double due, object when, callback, tuple args, object context):
        cdef TimerHandle timer
        if self._closed:
            raise RuntimeError("Event loop is closed")
        timer = TimerHandle.__new__(TimerHandle)
        fill(timer, callback, args, self)
        timer.context = self.ready_queue.context_copy() if context is None else context
        if due != due:  # nan: it would be neither before nor after any other
            when = due if when is None else when
            due = -INFINITY
        timer._due = due
        timer._when_given = when
        if self._debug:
            self.check_call(callback, "call_at")
            timer._source_traceback = format_helpers.extract_stack(sys._getframe(0))
        self.timers.push(timer)
        if tl_door_is_anothers(&self.ready_queue.door):
            self.ready_queue.note_thread(self, "call_later() or call_at()")
            self.waker.wake_if_asleep()  # the loop may be waiting for a later timer
        return timer

    cdef int check_call(self, object callback, str method) except -1:
        """Debug mode: the right thread, and a callback that is one."""
        self._check_thread()
        self._check_callback(callback, method)
        return 0

    def create_future(self):
        """A Future of this loop."""
        return Future(loop=self) if self._debug else future_on(self, self.ready_queue)

    def create_task(self, coro, *, name=ABSENT, context=ABSENT, eager_start=ABSENT, **more):
        """A Task of this loop that runs `coro`; `more` is for a task factory.

        eager_start: make the first step right now, if the loop runs.
        """
        cdef bint eager
        if self._closed:
            raise RuntimeError("Event loop is closed")
        if self._task_factory is None:
            eager = eager_start is not ABSENT and eager_start
        elif self._task_factory is eager_task_factory:
            eager = eager_start is ABSENT or eager_start
        else:
            # A factory is given what the caller gave, and nothing else: it has defaults of its own.
            given = {"name": name, "context": context, "eager_start": eager_start}
            more.update({key: value for key, value in given.items() if value is not ABSENT})
            return BaseEventLoop.create_task(self, coro, **more)
        if name is ABSENT:
            name = None
        if context is ABSENT:
            context = None
        if self._debug or more:
            return Task(coro, loop=self, name=name, context=context, eager_start=eager, **more)
        return new_task(self, self.ready_queue, coro, name, context, eager and self._thread != 0)

    def stop(self):
        """End run_forever after the pass that is under way."""
        self._stopping = True
        if tl_door_is_anothers(&self.ready_queue.door):
            self.ready_queue.note_thread(self, "stop()")
            self.waker.wake_if_asleep()

    # -- file descriptors: what CPython's BaseSelectorEventLoop does with its selector

    def _add_reader(self, fd, callback, *args, context=None):
        return self.watch_callback(fd, callback, args, context, False)

    def _add_writer(self, fd, callback, *args, context=None):
        return self.watch_callback(fd, callback, args, context, True)

    def _remove_reader(self, fd):
        self.ready_queue.check_thread(self, "remove_reader()")
        return False if self._closed else bool(self.poller.remove(self.poller.number_of(fd), False))

    def _remove_writer(self, fd):
        self.ready_queue.check_thread(self, "remove_writer()")
        return False if self._closed else bool(self.poller.remove(self.poller.number_of(fd), True))

    cdef Handle watch_callback(self, fd, callback, tuple args, object context, bint writing):
        cdef Handle handle
        if self._closed:
            raise RuntimeError("Event loop is closed")
        self.ready_queue.check_thread(self, "add_writer()" if writing else "add_reader()")
        handle = Handle.__new__(Handle)
        fill(handle, callback, args, self)
        handle.context = PyContext_CopyCurrent() if context is None else context
        if self._debug:
            handle._source_traceback = format_helpers.extract_stack(sys._getframe(0))
        self.poller.add_by(fd, handle, writing)
        return handle

    def _note_use(self, subject, str what):
        """`what` of `subject`, which belongs to this loop, is called: tell if by another thread."""
        self.ready_queue.check_thread(subject, what)

    def _open_bell(self, receiver, sender):
        """Let other threads and signals wake the loop through this self-pipe."""
        self.waker.open(self, receiver, self.poller.open_bell())
        self.poller.watch(receiver, self.waker, EPOLLIN)

    def _close_bell(self):
        self.poller.unwatch(self.waker.receiver, self.waker)
        self.waker.close()
        self.poller.close_bell()

    def _add_callback(self, handle):
        """Queue a handle that exists: ours, or one that CPython's code made (signal handlers)."""
        if handle._cancelled:
            return
        if isinstance(handle, Handle):
            self.ready_queue.push(HANDLE, <PyObject *>handle, NULL, NULL)
        else:
            self.call_soon(handle._run)

    def _let_go(self):
        """Forget everything that is queued, armed, watched or alive: the loop was closed."""
        self.timers.clear()
        self.ready_queue.clear()
        self.poller.close()
        self.hooks.forget_live()

    # -- the run

    def _run(self):
        """Make passes until stop(); run_forever's inside."""
        cdef uintptr_t owner = tl_door_own(&self.ready_queue.door)
        self._poll_every = 1
        self._passes_unpolled = 0
        self._stirred = True
        self._idle_due = tl_ticks(self._counter)
        self._idle_again = NEVER
        self._alarm_at = 0
        self._run_since = monotonic_s()
        self.hooks.start_beat()
        try:
            note_replaced(self)  # in the class, perhaps, since the last run
            self.waker.take()
            while True:
                self.run_once()
                if self._stopping:
                    break
        finally:
            self.ready_queue.finish_step()
            leave_tasks(self, self.hooks)
            self.hooks.stop_beat()
            tl_door_disown(&self.ready_queue.door, owner)

    def _run_once(self):
        """One pass."""
        cdef uintptr_t owner = tl_door_own(&self.ready_queue.door)
        self._poll_every = 1
        try:
            self.waker.take()
            self.run_once()
        finally:
            self.ready_queue.finish_step()
            leave_tasks(self, self.hooks)
            tl_door_disown(&self.ready_queue.door, owner)

    cdef int run_once(self) except -1:
        if type_version(Handle_of_asyncio) != self._handle_version or self._handle_version == 0:
            self.look_for_instruments()
        self.wait_for_events()
        self.waker.take()
        self._late = 0
        if self.timers.count and self.may_fire():
            self.fire_timers()
        return self.run_ready()

    # -- phase 1

    cdef int wait_for_events(self) except -1:
        """Poll: without waiting if there is work, and then not in every pass."""
        cdef int found = 0
        cdef int timeout
        if self.ready_queue.count() or self._stopping:
            self._passes_unpolled += 1
            if self._passes_unpolled < self._poll_every:
                self._pass_at = tl_ticks(self._counter)
                if self._pass_at - self._polled_at < self._poll_within:
                    return 0
            timeout = 0
        else:
            timeout = self.timeout_ms()
        self._passes_unpolled = 0
        if timeout == 0:
            found = self.poller.poll(0)
            PyErr_CheckSignals()
            if found:
                self._poll_every = 1
            elif self._poll_every < RAREST_POLL:
                self._poll_every *= 2
            if self._polled_at > self._idle_due and self.hooks.idle is not None:
                if self._polled_at - self._idle_due > IDLE_OVERDUE_S * ticks_per_s():
                    self.tell_idle(0.0)
        else:
            if self.hooks.idle is not None:
                timeout = self.idle_timeout_ms(timeout)
            leave_tasks(self, self.hooks)
            # a sleeping loop keeps no ContextVar's value alive
            self.ready_queue._shared = self.ready_queue._posted = None
            tl_beat_step(self.hooks.beat, 0)
            tl_beat_pass(self.hooks.beat, 0)
            if self.waker.fall_asleep():
                try:
                    found = self.poller.poll(timeout)
                finally:
                    self.waker.awake()
            self._poll_every = 2  # whoever was waiting for what it found has his step before that
        self._polled_at = self._pass_at = tl_ticks(self._counter)
        return 0

    cdef int timeout_ms(self) except -2:
        """How long the poll may block: until the first timer; -1 for ever."""
        cdef double wait_s
        if self.timers.count == 0:
            return -1
        wait_s = self.timers.next_time() - self.now()
        if wait_s <= 0:
            return 0
        if not wait_s < LONGEST_POLL_S:  # also if it is nan
            wait_s = LONGEST_POLL_S
        return <int>(wait_s * 1000.0 + 0.9999)

    cdef int idle_timeout_ms(self, int timeout) except -2:
        """How long the poll may block, having called the idle hook if its time has come."""
        cdef uint64_t at = self._idle_again
        cdef uint64_t now = tl_ticks(self._counter)
        cdef double wait_s
        if self._stirred and self._idle_due < at:
            at = self._idle_due
        if now >= at:
            self.tell_idle(float("inf") if timeout < 0 else timeout / 1000.0)
            if self.ready_queue.count() or self._stopping:
                return 0
            timeout = self.timeout_ms()
            at = self._idle_again
            now = tl_ticks(self._counter)
        if at == NEVER or now < self._alarm_at <= at:
            return timeout
        wait_s = (at - now) / ticks_per_s() if at > now else 0.0
        if 0 <= timeout <= wait_s * 1000.0:
            return timeout
        if self.poller.set_alarm(wait_s + IDLE_MARGIN_S):
            self._alarm_at = at
            return timeout
        return <int>(min(wait_s, LONGEST_POLL_S) * 1000.0 + 0.9999)

    cdef int tell_idle(self, double wait_s) except -1:
        """Call the idle hook, and note when it wants to be called again."""
        cdef double again_s = ask_idle(self, wait_s)
        cdef uint64_t now
        self._stirred = False
        now = self._polled_at = tl_ticks(self._counter)
        self._idle_due = now + <uint64_t>(IDLE_WITHIN_S * ticks_per_s())
        self._idle_again = NEVER
        if again_s < LONGEST_POLL_S:
            self._idle_again = now + <uint64_t>(max(again_s, IDLE_WITHIN_S) * ticks_per_s())
        return 0

    # -- phase 3

    cdef bint may_fire(self) noexcept:
        """Whether a timer may be due: ticks tell, and cost less than the clock of the timers."""
        return not (
            self._pass_at < self._quiet_until and self.timers.next_time() >= self._quiet_first
        )

    cdef int fire_timers(self) except -1:
        """Queue the timers that are due."""
        cdef double now = self.now() + 1e-9  # the clock's resolution, as asyncio allows it
        cdef double ahead_s
        cdef TimerHandle timer = self.timers.pop_due(now)
        if timer is not None and self._own_clock:  # the first is the one that is late most
            self._late = <uint64_t>((now - max(timer._due, self._run_since)) * ticks_per_s())
        while timer is not None:
            self.ready_queue.push(HANDLE, <PyObject *>timer, NULL, NULL)
            timer = self.timers.pop_due(now)
        self._quiet_until = 0
        if self._own_clock:
            self._quiet_first = self.timers.next_time()
            ahead_s = min((self._quiet_first - now) * TICKS_KEEP_TIME, LONGEST_QUIET_S)
            if ahead_s > 0:  # and no nan
                self._quiet_until = self._pass_at + <uint64_t>(ahead_s * ticks_per_s())
        return 0

    cdef double now(self) except? -1:
        return monotonic_s() if self._own_clock else self.time()

    # -- phase 4

    cdef int run_ready(self) except -1:
        """Run what is ready now; what that makes ready waits for the next pass."""
        cdef size_t n = self.ready_queue.count()
        cdef Entry entry
        cdef size_t entries = n
        cdef uint64_t began = tl_ticks(self._counter)
        cdef uint64_t pass_began = began
        cdef uint64_t ended
        cdef object ran
        if n == 0:
            return 0
        self._stirred = True
        tl_beat_pass(self.hooks.beat, began)
        while n and self.ready_queue.count():  # fewer if an entry made a pass of its own
            n -= 1
            entry = self.ready_queue.pop()
            tl_beat_step(self.hooks.beat, began)
            ran = <object>entry.a
            Py_DECREF(ran)  # `ran` owns it now
            self.run_entry(&entry)
            self.ready_queue.finish_step()
            ended = tl_ticks(self._counter)
            if ended - began > self._slow_ticks:
                tl_beat_step(self.hooks.beat, 0)  # what follows is not the step's doing
                self.note_slow(ran, began, ended - began)
                ended = tl_ticks(self._counter)
            began = ended
        # A timer that was due in the pass before had to wait for the rest of that, too.
        if began - pass_began + min(began - pass_began, self._late) > self._slow_ticks:
            if self.hooks.slow_pass is not None:
                tell_slow_pass(self, pass_began, began - pass_began, entries - n)
        return 0

    cdef int run_entry(self, Entry *entry) except -1:
        """Run one entry; gives up its references b and c (not a: the caller holds that)."""
        cdef object b
        cdef object c
        cdef Handle handle
        if self._instrumented:
            return self.run_instrumented(entry)
        if entry.kind == STEP:
            if entry.b != NULL:
                b = <object>entry.b
                Py_DECREF(b)
            if (<Task>entry.a).state != PENDING:
                return self.run_by_handle((<Task>entry.a)._step, (), (<Task>entry.a).own_context())
            return (<Task>entry.a).step(entry.b, False)
        if self.hooks.published != NULL:
            leave_tasks(self, self.hooks)
        if entry.kind == CALLBACK:
            b = <object>entry.b
            c = <object>entry.c
            Py_DECREF(b)
            Py_DECREF(c)
            if c is LISTENS:
                return tell(<Listener>entry.a, b, self, self.ready_queue)
            return run_callback(<object>entry.a, b, self, c)
        if entry.kind == HANDLE:
            handle = <Handle>entry.a
            if self._debug:
                self._current_handle = handle
                try:
                    return handle.run()
                finally:
                    self._current_handle = None
            return handle.run()
        return self.run_job(<Job>entry.a)

    cdef int run_job(self, Job job) except -1:
        """Run a job; what it raises is reported as a callback's exception would be."""
        job.queued = False
        try:
            return job.run()
        except (SystemExit, KeyboardInterrupt):
            if not job.queued:  # what is left to do, the next run does
                job.queued = True
                self.ready_queue.push(JOB, <PyObject *>job, NULL, NULL)
            raise
        except BaseException as exc:
            report = {"message": f"Exception in callback {job!r}", "exception": exc}
            if self.hooks.callback_failed is not None:
                tell_failure(self.hooks, self, report)
            self.call_exception_handler(report)
        return 0

    cdef int run_by_handle(self, object callback, object args, object context) except -1:
        """Run something that usually needs no handle by way of asyncio.Handle."""
        Handle_of_asyncio(callback, args, self, context)._run()
        return 0

    cdef int run_instrumented(self, Entry *entry) except -1:
        """Somebody replaced asyncio.Handle._run (aiodebug does): everything goes through theirs."""
        cdef object a = <object>entry.a
        cdef object b = None, c = None
        cdef Handle handle
        if self.hooks.published != NULL:
            leave_tasks(self, self.hooks)
        if entry.b != NULL:
            b = <object>entry.b
            Py_DECREF(b)
        if entry.c != NULL:
            c = <object>entry.c
            Py_DECREF(c)
        if entry.kind == STEP:
            self.run_by_handle(a._step, () if b is None else (b,), a.get_context())
        elif entry.kind == CALLBACK:
            self.run_by_handle(scheduled_callback(a, c), (b,), shown_context(a, c))
        elif entry.kind == HANDLE:
            handle = <Handle>a
            if not handle._cancelled:
                self.run_by_handle(handle._callback, handle._args, handle.own_context())
        else:
            return self.run_job(<Job>a)
        return 0

    cdef int look_for_instruments(self) except -1:
        """asyncio.Handle was changed since the last pass: is its _run still asyncio's own?"""
        self._instrumented = Handle_of_asyncio._run is not plain_run
        self._handle_version = type_version(Handle_of_asyncio)
        return 0

    cdef int note_slow(self, object ran, uint64_t began, uint64_t took) except -1:
        """A step or callback held the loop for longer than slow_callback_duration."""
        cdef double took_s = took / ticks_per_s()
        if self._debug:
            described = _format_handle(ran) if isinstance(ran, Handle) else repr(ran)
            base_events.logger.warning("Executing %s took %.3f seconds", described, took_s)
        if self.hooks.slow_step is not None:
            tell_slow(self, ran, began, took_s)
        return 0


cdef int note_replaced(Loop loop) except -1:
    """Which methods have others in their place, made by a subclass or set on the loop itself."""
    cdef dict here = getattr(loop, "__dict__", {})
    cdef list replaced = [
        name for name in ("time", "call_later", "call_at", "call_soon_threadsafe", "create_future")
        if name in here or getattr(type(loop), name) is not getattr(Loop, name)
    ]
    loop._own_clock = "time" not in replaced
    loop._own_timers = not {"time", "call_later", "call_at"}.intersection(replaced)
    loop._own_doors = not {"call_soon_threadsafe", "create_future"}.intersection(replaced)
    loop._quiet_until = 0
    loop.ready_queue.detour = here.get("call_soon")


cdef void tell_slow(Loop loop, object ran, uint64_t began, double took_s) noexcept:
    loop.hooks.slow_step(loop, ran, began, took_s)


cdef void tell_slow_pass(Loop loop, uint64_t began, uint64_t took, size_t entries) noexcept:
    tl_beat_step(loop.hooks.beat, 0)
    tl_beat_pass(loop.hooks.beat, 0)
    loop.hooks.slow_pass(
        loop, began, took / ticks_per_s(), entries, loop._late / ticks_per_s()
    )


cdef double ask_idle(Loop loop, double wait_s) noexcept:
    """What the idle hook answers; 0.0 if it fails, which goes to sys.unraisablehook."""
    answer = loop.hooks.idle(loop, wait_s)
    return float("inf") if answer is None else answer
