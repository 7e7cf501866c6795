"""Attributed: a native object that may be given attributes, as one of a class in Python."""

from cpython.object cimport PyObject

cdef extern from "Python.h":
    Py_ssize_t PyDict_GET_SIZE(PyObject *) noexcept

cdef class Attributed:
    cdef PyObject *attributes      # the __dict__, owned; or NULL
    cdef object _container         # always None: makes the type one that the collector visits

# How many attributes somebody has set.
cdef inline Py_ssize_t attribute_count(Attributed primitive) noexcept:
    return 0 if primitive.attributes == NULL else PyDict_GET_SIZE(primitive.attributes)
