"""Errors as objects: the one that is being raised, and the one that an errno stands for.

Law: makes an exception of what C code has; knows nothing of who will get it.
"""

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF

import os

cdef extern from "cpython.h":
    PyObject *tl_take_raised() noexcept


cdef object taken():
    """The exception being raised, which is not raised any more."""
    cdef PyObject *raised = tl_take_raised()
    cdef object exc = <object>raised
    Py_DECREF(exc)  # `exc` owns one reference, tl_take_raised gave another
    return exc


cdef object error_of(int number):
    """OSError, or the subclass that belongs to errno."""
    return OSError(number, os.strerror(number))
