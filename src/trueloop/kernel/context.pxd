"""Contexts that are copied only when somebody changes them."""

cimport cython
from cpython.object cimport PyObject

cdef extern from "cpython.h":
    PyObject *tl_current_map() noexcept
    PyObject *tl_context_map(PyObject *) noexcept
    bint tl_context_is_entered(PyObject *) noexcept


@cython.final
cdef class SharedContext:
    cdef object context            # a contextvars.Context with the contents below, unless entered
    cdef object map                # the immutable map of those contents

    cdef object renew(self)
    cdef object copy(self)


cdef SharedContext share_current()

# A context slot holds a Context of its owner's own, or a SharedContext.

cdef inline bint was_changed(object slot, object entered) noexcept:
    """Whether what ran in `entered` set a ContextVar in a shared context."""
    return (
        type(slot) is SharedContext
        and tl_context_map(<PyObject *>entered) != <PyObject *>(<SharedContext>slot).map
    )


cdef inline object context_to_enter(object slot):
    """The Context that an owner of `slot` enters to run."""
    cdef SharedContext shared
    if type(slot) is not SharedContext:
        return slot
    shared = <SharedContext>slot
    if tl_context_is_entered(<PyObject *>shared.context) or was_changed(slot, shared.context):
        return shared.renew()
    return shared.context


cdef inline object context_of_ones_own(object slot, object entered):
    """A Context for good, for an owner who changed the one it shared, or hands it out.

    `entered` is the one it runs in now, or None.
    """
    cdef SharedContext shared
    if type(slot) is not SharedContext:
        return slot
    shared = <SharedContext>slot
    if entered is None:
        return shared.copy()
    if shared.context is entered:
        try:
            shared.renew()
        except MemoryError:
            pass  # whoever enters it next sees that it was changed, and tries again
    return entered
