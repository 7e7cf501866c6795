"""Errors as objects: the one that is being raised, and the one that an errno stands for."""

cdef object taken()
cdef object error_of(int number)
