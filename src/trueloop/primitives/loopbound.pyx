"""LoopBound: a primitive belongs to one loop, and finds out which when somebody has to wait.

Law: as asyncio's mixins._LoopBoundMixin, and what a class in Python has besides: a __dict__, and
methods that CPython finds fast. Knows no primitive.

Ownership: `attributes` owns the __dict__, which CPython makes when somebody sets an
attribute, if there is none.
"""

from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF

from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.runningloop cimport running_loop
from trueloop.kernel.slots cimport (
    PyTypeObject, inquiry, tl_rebound_method, tl_set_dict_slot, tl_set_gc, tl_visit, traverseproc,
    visitproc,
)
from trueloop.primitives cimport operation

cdef extern from "Python.h":
    PyObject *PyDict_New() except NULL
    object PyObject_GenericGetDict(object, void *)

cdef extern from "cpython.h":
    bint TL_DICT_AT_ONCE


cdef class LoopBound:
    """What all primitives for which a task can wait have in common."""

    def __cinit__(self, *args, **kwargs):
        if TL_DICT_AT_ONCE:
            self.attributes = PyDict_New()

    def __dealloc__(self):
        Py_XDECREF(self.attributes)

    @property
    def __dict__(self):
        return PyObject_GenericGetDict(self, NULL)

    cdef object loop_here(self):
        """The loop that runs here. RuntimeError if the primitive is bound to another one."""
        cdef object loop = running_loop()
        tl_lock(<PyObject *>self)
        if self._bound is None:
            self._bound = loop
        tl_unlock(<PyObject *>self)
        if loop is not self._bound:
            raise RuntimeError(f"{self!r} is bound to a different event loop")
        return loop

    cdef Future new_future(self):
        """What a task of the running loop can wait for."""
        return operation.new_future(self.loop_here())

    cdef int note_thread(self, Future future, str what) except -1:
        """`what` is about to finish a waiter's future: tell if another thread runs its loop."""
        if future.ready is not None and future.ready.is_anothers():
            return future.ready.note_thread(self, what)
        return 0

    @property
    def _loop(self):
        return self._bound

    @_loop.setter
    def _loop(self, loop):
        self._bound = loop

    def _get_loop(self):
        return self.loop_here()


def bind_methods(face):
    """Give a class made in Python the native methods that it inherits, as methods of its own.

    CPython calls those faster than what stands in a base.
    """
    cdef object native
    own = set(vars(face))
    for native in face.__mro__[1:-1]:
        for name, method in list(vars(native).items()):
            if name not in own:
                own.add(name)
                method = tl_rebound_method(<PyTypeObject *>face, <PyObject *>method)
                if method is not None:
                    setattr(face, name, method)


cdef int loopbound_traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    return tl_visit((<LoopBound>op).attributes, visit, arg) or rest_traverse(op, visit, arg)


cdef int loopbound_clear(PyObject *op) noexcept:
    cdef PyObject *attributes = (<LoopBound>op).attributes
    (<LoopBound>op).attributes = NULL
    Py_XDECREF(attributes)
    return rest_clear(op)


cdef traverseproc rest_traverse = (<PyTypeObject *>LoopBound).tp_traverse
cdef inquiry rest_clear = (<PyTypeObject *>LoopBound).tp_clear
tl_set_gc(<PyTypeObject *>LoopBound, loopbound_traverse, loopbound_clear)

cdef LoopBound example = LoopBound()
tl_set_dict_slot(<PyTypeObject *>LoopBound, <PyObject *>example, &example.attributes)
