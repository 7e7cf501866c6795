"""What primitives need besides Operation: a future to wait for, and an await that is over at once.

Law: knows loops and classes; what a coroutine of C is, is in kernel/operation.pyx.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

from trueloop.kernel.future cimport Future, future_on
from trueloop.kernel.loop cimport Loop
from trueloop.kernel.operation cimport OVER, Operation
from trueloop.kernel.slots cimport (
    PYGEN_RETURN, PySendResult, PyTypeObject, tl_instance_dict, tl_is_method, tl_set_awaiter,
)

cdef extern from "cpython.h":
    PyObject *tl_type_attribute(PyObject *, PyObject *) noexcept


cdef bint is_own(object primitive, str name, object method) except -1:
    """Whether `name` of a primitive is `method`: not overridden, not replaced, not mocked."""
    cdef PyObject *instance = tl_instance_dict(<PyObject *>primitive)
    if instance != NULL and name in <dict>instance:
        return False
    return tl_is_method(
        tl_type_attribute(<PyObject *>primitive, <PyObject *>name), <PyObject *>method
    )


cdef Future new_future(object loop):
    if not isinstance(loop, Loop) or (<Loop>loop)._debug:
        return Future(loop=loop)
    return future_on(loop, (<Loop>loop).ready_queue)


@cython.final
cdef class Nothing(Operation):
    """Any number of tasks may await it any number of times."""

    def __await__(self):  # and so it has async slots of its own
        return self

    @property
    def __qualname__(self):
        return "_ContextManagerMixin.__aexit__"


cdef PySendResult nothing_send(PyObject *op, PyObject *argument, PyObject **result) noexcept:
    Py_INCREF(None)
    result[0] = <PyObject *>None
    return PYGEN_RETURN


cdef PyObject *nothing_next(PyObject *op) noexcept:
    return NULL


tl_set_awaiter(<PyTypeObject *>Nothing, nothing_send, nothing_next)
NOTHING = Nothing()
(<Operation>NOTHING).stage = OVER  # nobody is warned that it was never awaited
