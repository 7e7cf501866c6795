"""How one Callback hears of the end of many futures, whoever made them."""

from trueloop.kernel.ready cimport Ready
from trueloop.kernel.waiters cimport Callback

# The queue of futures that can be listened to natively while `loop` runs; None: there are none.
cdef Ready listening_queue(object loop)

# Let `listener` hear of a future's end, which keeps `task` waiting. `ready`: see above.
cdef int listen(Callback listener, object future, Ready ready, object task) except -1

# The opposite.
cdef int unlisten(Callback listener, object future, Ready ready, object task) except -1

# Whether it is a future of ours that belongs to the loop of this queue.
cdef bint is_listened_to(object future, Ready ready) noexcept
