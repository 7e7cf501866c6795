"""Free-threaded CPython: what stands in for the GIL (freethreading.h)."""

from cpython.object cimport PyObject

cdef extern from "freethreading.h":
    bint TL_FREE_THREADED
    void tl_lock(PyObject *) noexcept
    void tl_unlock(PyObject *) noexcept
    unsigned long tl_next_number(unsigned long *) noexcept
