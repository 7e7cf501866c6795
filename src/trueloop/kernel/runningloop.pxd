"""The loop that runs in this thread, as asyncio sees it; see runningloop.pyx."""

# None if there is none.
cdef object running_loop()
