"""Attributed: what a class in Python has besides: a __dict__, and methods that CPython finds fast.

Law: memory and methods; knows no primitive.

Ownership: `attributes` owns the __dict__, which CPython makes when somebody sets an attribute, if
there is none.
"""

from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF

from trueloop.kernel.slots cimport (
    PyTypeObject, inquiry, tl_rebound_method, tl_set_dict_slot, tl_set_gc, tl_visit, traverseproc,
    visitproc,
)

cdef extern from "Python.h":
    void PyErr_Clear() noexcept
    PyObject *PyDict_New() noexcept
    object PyObject_GenericGetDict(object, void *)

cdef extern from "cpython.h":
    bint TL_DICT_AT_ONCE


cdef class Attributed:
    """A native object that may be given attributes."""

    def __cinit__(self, *args, **kwargs):
        if TL_DICT_AT_ONCE:
            self.attributes = PyDict_New()
            # Without memory it can be made later. To fail here, with half an object, which has a
            # __del__ perhaps, is no choice.
            if self.attributes == NULL:
                PyErr_Clear()

    def __dealloc__(self):
        Py_XDECREF(self.attributes)

    @property
    def __dict__(self):
        return PyObject_GenericGetDict(self, NULL)


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


cdef int attributed_traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    return tl_visit((<Attributed>op).attributes, visit, arg) or rest_traverse(op, visit, arg)


cdef int attributed_clear(PyObject *op) noexcept:
    cdef PyObject *attributes = (<Attributed>op).attributes
    (<Attributed>op).attributes = NULL
    Py_XDECREF(attributes)
    return rest_clear(op)


cdef traverseproc rest_traverse = (<PyTypeObject *>Attributed).tp_traverse
cdef inquiry rest_clear = (<PyTypeObject *>Attributed).tp_clear
tl_set_gc(<PyTypeObject *>Attributed, attributed_traverse, attributed_clear)

cdef Attributed example = Attributed()
tl_set_dict_slot(<PyTypeObject *>Attributed, <PyObject *>example, &example.attributes)
