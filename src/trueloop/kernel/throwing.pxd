"""What throw() of an awaitable was given: one exception, whichever of the three ways was used."""

cdef object thrown(object what, tuple more)
