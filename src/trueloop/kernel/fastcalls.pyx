"""Methods of a loop that are called often, made by hand.

Law: takes arguments from where the caller has put them, and knows what they mean no better than
loop.pyx, whose methods these replace when this module is imported.

Cython's version of a method with `*args` or `**more` makes a tuple or a dict in each call. These
make none for the usual arguments, and leave all others to Cython.
"""

from cpython.object cimport PyObject

import sys

from trueloop.kernel.loop cimport Loop
from trueloop.kernel.slots cimport (
    METH_FASTCALL, METH_KEYWORDS, PyCFunction, PyMethodDef, PyTypeObject, tl_add_method,
)
from trueloop.kernel.task cimport new_task

cdef extern from "Python.h":
    Py_ssize_t PyTuple_GET_SIZE(object) noexcept
    PyObject *PyTuple_GET_ITEM(object, Py_ssize_t) noexcept

cdef extern from *:
    """
    static inline PyObject *tl_tuple_of(PyObject *const *items, Py_ssize_t count) {
        PyObject *tuple = PyTuple_New(count);
        if (tuple != NULL)
            for (Py_ssize_t i = 0; i < count; i++)
                PyTuple_SET_ITEM(tuple, i, Py_NewRef(items[i]));
        return tuple;
    }
    """
    tuple tuple_of "tl_tuple_of"(PyObject **, Py_ssize_t)

cdef object NAME = sys.intern("name")
cdef object CONTEXT = sys.intern("context")

cdef object create_task_at_length = Loop.__dict__["create_task"]
cdef object call_soon_threadsafe_at_length = Loop.__dict__["call_soon_threadsafe"]


cdef object at_length(
    object method, object self, PyObject **given, Py_ssize_t count, PyObject *keywords
):
    """Call Cython's version."""
    cdef Py_ssize_t named = 0 if keywords == NULL else PyTuple_GET_SIZE(<object>keywords)
    cdef Py_ssize_t i
    return method(
        self,
        *[<object>given[i] for i in range(count)],
        **{
            <object>PyTuple_GET_ITEM(<object>keywords, i): <object>given[count + i]
            for i in range(named)
        },
    )


cdef object create_task(Loop self, PyObject **given, Py_ssize_t count, PyObject *keywords):
    cdef object name = None
    cdef object context = None
    cdef bint usual = (
        count == 1 and self._task_factory is None and not self._debug and not self._closed
    )
    cdef Py_ssize_t named = 0 if keywords == NULL else PyTuple_GET_SIZE(<object>keywords)
    cdef Py_ssize_t i = 0
    while usual and i < named:
        keyword = <object>PyTuple_GET_ITEM(<object>keywords, i)
        if keyword is NAME:
            name = <object>given[count + i]
        elif keyword is CONTEXT:
            context = <object>given[count + i]
        else:
            usual = False
        i += 1
    if not usual:
        return at_length(create_task_at_length, self, given, count, keywords)
    return new_task(self, self.ready_queue, <object>given[0], name, context, False)


cdef object call_soon_threadsafe(
    Loop self, PyObject **given, Py_ssize_t count, PyObject *keywords
):
    cdef tuple args = ()
    if count == 0 or keywords != NULL and PyTuple_GET_SIZE(<object>keywords):
        return at_length(call_soon_threadsafe_at_length, self, given, count, keywords)
    if count > 1:
        args = tuple_of(given + 1, count - 1)
    return self.call_threadsafe(<object>given[0], args, None)


cdef PyMethodDef _create_task_method
_create_task_method.ml_name = "create_task"
_create_task_method.ml_meth = <PyCFunction><void *>create_task
_create_task_method.ml_flags = METH_FASTCALL | METH_KEYWORDS
_create_task_method.ml_doc = b"A Task of this loop that runs a coroutine; see asyncio."
tl_add_method(<PyTypeObject *>Loop, &_create_task_method)

cdef PyMethodDef _call_soon_threadsafe_method
_call_soon_threadsafe_method.ml_name = "call_soon_threadsafe"
_call_soon_threadsafe_method.ml_meth = <PyCFunction><void *>call_soon_threadsafe
_call_soon_threadsafe_method.ml_flags = METH_FASTCALL | METH_KEYWORDS
_call_soon_threadsafe_method.ml_doc = (
    b"call_soon for other threads and for signal handlers: wakes the loop."
)
tl_add_method(<PyTypeObject *>Loop, &_call_soon_threadsafe_method)
