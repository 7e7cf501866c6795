"""The arguments of a method made by hand that takes one."""

from cpython.object cimport PyObject

# That one argument (borrowed); NULL if it was not given.
cdef PyObject *only_argument(
    PyObject **given, Py_ssize_t count, PyObject *names, str method, str name
) except? NULL

cdef PyObject *missing_argument(str method, str name) except NULL

cdef inline PyObject *needed_argument(
    PyObject **given, Py_ssize_t count, PyObject *names, str method, str name
) except NULL:
    cdef PyObject *argument
    if count == 1 and names == NULL:
        return given[0]
    argument = only_argument(given, count, names, method, name)
    return missing_argument(method, name) if argument == NULL else argument
