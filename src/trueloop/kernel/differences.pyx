"""What differs between versions of asyncio's Python code, as far as the kernel does it itself.

Law: the kernel's only place for versions of asyncio; cpython.h is the one for those of the
interpreter. Whatever can be asked is asked (a signature, an attribute, a small experiment), since
patch releases change such things too; only what cannot is told from the version number.
docs/internals/cpython-versions.md says what to check when a new CPython comes.
"""

import asyncio
import collections
import inspect
import sys
from asyncio import (
    base_events, events, format_helpers, futures, locks, selector_events, tasks, timeouts,
)


cdef bint stop_iteration_is_replaced() except -1:
    """Whether asyncio's own Future takes a StopIteration."""
    class Probe:
        def get_debug(self):
            return False

    future = asyncio.Future(loop=Probe())
    try:
        future.set_exception(StopIteration())
    except TypeError:
        return False
    future.exception()
    return True


# gh-112182: set_exception(StopIteration()) sets a RuntimeError in its place, and no longer raises
# TypeError.
REPLACE_STOP_ITERATION = stop_iteration_is_replaced()

# Up to 3.14 a second __init__ makes asyncio's future pending again; ours keeps its state.
REFUSE_SECOND_INIT = sys.version_info >= (3, 15)

# The three-argument throw() is deprecated.
THROW_WARNS = sys.version_info >= (3, 12)

# gh-117407: uncancel() down to zero takes back a cancellation that was not delivered yet.
UNCANCEL_TAKES_BACK = sys.version_info >= (3, 13)

# gh-122332: a task that ends in its eager first step lets go of its coroutine.
EAGER_END_FORGETS_COROUTINE = sys.version_info >= (3, 13)

# gh-127124: cancelling what call_soon_threadsafe() returned waits for the callback.
CANCEL_WAITS = hasattr(events, "_ThreadSafeHandle")

# asyncio hides arguments in its messages outside debug mode since 3.12.8 and 3.13.1.
FORMAT_TAKES_DEBUG = "debug" in inspect.signature(format_helpers._format_callback_source).parameters

# gh-113538: a Server wants to know which transport comes and goes (3.13).
SERVER_TAKES_TRANSPORT = len(inspect.signature(base_events.Server._attach).parameters) > 1

# gh-81322: readuntil() takes a tuple of separators.
UNTIL_TAKES_TUPLES = sys.version_info >= (3, 13)

# 3.12 and later; the loop does what it does, with our Task in place of the C one.
eager_task_factory = getattr(asyncio, "eager_task_factory", None)


cdef bint sleep_refuses_nan() except -1:
    """Whether asyncio.sleep(nan) raises ValueError; where it does not, it looks for a loop."""
    sleeping = asyncio.sleep(float("nan"))
    try:
        sleeping.send(None)
    except ValueError:
        return True
    except RuntimeError:
        return False
    sleeping.close()
    return False


# gh-109564 (3.13)
SLEEP_REFUSES_NAN = sleep_refuses_nan()


cdef bint timeout_takes(type error) except -1:
    """Whether asyncio's Timeout, expired, makes a TimeoutError of this CancelledError."""
    class Task:
        def uncancel(self):
            return 0

    timeout = timeouts.Timeout(None)
    timeout._state = timeouts._State.EXPIRING
    timeout._task = Task()
    timeout._cancelling = 0
    try:
        timeout.__aexit__(error, error(), None).send(None)
    except TimeoutError:
        return True
    except StopIteration:
        pass
    return False


# gh-113848: a subclass of CancelledError, too, becomes a TimeoutError (3.13).
TIMEOUT_TAKES_SUBCLASSES = timeout_takes(type("Cancelled", (asyncio.CancelledError,), {}))

# gh-116720: what was raised because of the cancellation has a TimeoutError inserted before that
# (3.13).
TIMEOUT_INSERTS = hasattr(timeouts.Timeout, "_insert_timeout_error")

# gh-96764: wait_for() is a timeout() around an await, in the same task (3.12).
WAIT_FOR_IS_TIMEOUT = sys.version_info >= (3, 12)

# gh-97696: gather() looks at once at what is done already, and so may be done when it returns
# (3.12).
GATHER_ENDS_AT_ONCE = "done_futs" in tasks.gather.__code__.co_varnames

# gh-112202: a wait() that ends with an error notifies another task, and raises the very
# CancelledError that came while it waited for the lock (3.13, and later releases of 3.12).
CONDITION_PASSES_ON = hasattr(locks.Condition, "_notify")


cdef bint shield_reads() except -1:
    """Whether shield() looks at an exception although its own future was cancelled before."""
    class Probe:
        def __init__(self):
            self.called = []

        def get_debug(self):
            return False

        def create_future(self):
            return asyncio.Future(loop=self)

        def call_soon(self, callback, *args, context=None):
            self.called.append((callback, args))

        def call_exception_handler(self, context):
            pass

    loop = Probe()
    inner = loop.create_future()
    outer = tasks.shield(inner)
    outer.cancel()
    loop.called.clear()
    inner.set_exception(LookupError())
    for callback, args in loop.called:
        callback(*args)
    was_read = not inner._log_traceback
    inner.exception()
    return was_read


# An inner exception that nobody waits for any more was as good as read, up to 3.13.
SHIELD_READS = shield_reads()

# gh-77714: as_completed() gives an object that is an asynchronous iterator too (3.13).
AS_COMPLETED_IS_GENERATOR = inspect.isgeneratorfunction(tasks.as_completed)

# An item that nobody got because the wait for it was cancelled is still to come (3.14).
AS_COMPLETED_GIVES_BACK = (
    not AS_COMPLETED_IS_GENERATOR
    and "_todo_left" in tasks._AsCompletedIterator._wait_for_one.__code__.co_names
)


# What becomes of a call in an executor because of something done in the loop's own thread, such as
# shutdown(cancel_futures=True), its future knows at once (3.15, and later releases of 3.14).
JOBS_END_AT_ONCE = any(
    getattr(constant, "co_name", None) == "_call_set_state"
    and "_get_running_loop" in constant.co_names
    for constant in futures._chain_future.__code__.co_consts
)


cdef object default_loop():
    """The loop of a future that was made without one."""
    if sys.version_info < (3, 12):
        return events._get_event_loop()
    return events.get_event_loop()


cdef int size_of_datagram(bytes data) except -1:
    """For how much a datagram that has to wait counts; 0: it is dropped."""
    class Probe(selector_events._SelectorDatagramTransport):
        def __init__(self):
            pass

        def __del__(self):
            pass

    transport = Probe()
    transport._address = None
    transport._conn_lost = transport._buffer_size = 0
    transport._buffer = collections.deque([None])  # so that this one has to wait, too
    transport._high_water = len(data) + 100
    transport.sendto(data, None)
    return transport._buffer_size


# gh-115199: an empty datagram is a datagram; each that waits counts for eight bytes more (3.13).
SENDS_EMPTY_DATAGRAMS = size_of_datagram(b"") > 0
DATAGRAM_HEADER = size_of_datagram(b"x") - 1
