"""What differs between versions of asyncio; see differences.pyx."""

cdef bint REPLACE_STOP_ITERATION
cdef bint REFUSE_SECOND_INIT
cdef bint THROW_WARNS
cdef bint UNCANCEL_TAKES_BACK
cdef bint EAGER_END_FORGETS_COROUTINE
cdef bint CANCEL_WAITS
cdef bint FORMAT_TAKES_DEBUG
cdef bint SERVER_TAKES_TRANSPORT
cdef bint SLEEP_REFUSES_NAN
cdef bint UNTIL_TAKES_TUPLES
cdef bint TIMEOUT_TAKES_SUBCLASSES
cdef bint TIMEOUT_INSERTS
cdef bint WAIT_FOR_IS_TIMEOUT
cdef bint GATHER_ENDS_AT_ONCE
cdef bint CONDITION_PASSES_ON
cdef bint SHIELD_READS
cdef bint AS_COMPLETED_IS_GENERATOR
cdef bint AS_COMPLETED_GIVES_BACK
cdef bint SENDS_EMPTY_DATAGRAMS
cdef bint JOBS_END_AT_ONCE
cdef int DATAGRAM_HEADER
cdef object eager_task_factory     # asyncio's; None where there is none
cdef object default_loop()
