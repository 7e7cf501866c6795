"""Contexts that are copied only when somebody changes them.

Law: knows contextvars and nothing of loops.

asyncio copies the current context for every callback, every timer and every task. A copy is an
object that has to be made and that the garbage collector has to visit, and nearly all copies are
equal and never changed. So whatever is scheduled while the current context stays as it is shares
one SharedContext. Its contents are one pointer to an immutable map, which makes it cheap to see
that they are the same, and that somebody has set a ContextVar.

Whoever changes a shared context while running in it keeps it, the very object: a Token remembers in
which Context it was made, and reset(token) must find it again. The others get a fresh Context with
the old map. To everybody this is the same as a copy each.
"""

cimport cython

cdef extern from "Python.h":
    object PyContext_CopyCurrent()

cdef extern from "cpython.h":
    object tl_context_from_map(PyObject *)


cdef SharedContext share_current():
    """A SharedContext with the contents of the current context."""
    cdef SharedContext shared = SharedContext.__new__(SharedContext)
    shared.context = PyContext_CopyCurrent()
    shared.map = <object>tl_context_map(<PyObject *>shared.context)
    return shared


@cython.final
cdef class SharedContext:
    """A context that several tasks, handles and callbacks run in, one at a time."""

    cdef object renew(self):
        """Let go of the Context (it is in use, or was changed) and go on with a fresh one."""
        self.context = tl_context_from_map(<PyObject *>self.map)
        return self.context

    cdef object copy(self):
        """A Context of the caller's own."""
        return tl_context_from_map(<PyObject *>self.map)
