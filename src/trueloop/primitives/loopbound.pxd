"""LoopBound: what belongs to the first loop in which somebody had to wait for it."""

from cpython.object cimport PyObject

from trueloop.kernel.future cimport Future

cdef class LoopBound:
    cdef object _bound             # the loop; None as long as nobody had to wait
    cdef PyObject *attributes      # the __dict__, owned; or NULL

    cdef object loop_here(self)
    cdef Future new_future(self)
    cdef int note_thread(self, Future future, str what) except -1
