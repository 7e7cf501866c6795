"""The arguments of a method made by hand, as vectorcall passes them, with CPython's own complaints.

Law: knows calls, and no primitive.
"""


cdef PyObject *only_argument(
    PyObject **given, Py_ssize_t count, PyObject *names, str method, str name
) except? NULL:
    """The one argument of a method (borrowed); NULL if it was not given."""
    cdef tuple named = () if names == NULL else <tuple>names
    for each in named:
        if each != name:
            raise TypeError(f"{method}() got an unexpected keyword argument {each!r}")
    if count + len(named) > 1:
        raise TypeError(f"{method}() takes one argument, {name!r} ({count + len(named)} given)")
    return given[0] if count or named else NULL


cdef PyObject *missing_argument(str method, str name) except NULL:
    raise TypeError(f"{method}() missing 1 required positional argument: {name!r}")
