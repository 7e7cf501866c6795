"""LoopBound: what belongs to the first loop in which somebody had to wait for it."""

from trueloop.kernel.future cimport Future
from trueloop.primitives.attributes cimport Attributed

cdef class LoopBound(Attributed):
    cdef object _bound             # the loop; None as long as nobody had to wait

    cdef object loop_here(self)
    cdef Future new_future(self)
    cdef int note_thread(self, Future future, str what) except -1
