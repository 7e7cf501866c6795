"""Addresses of Internet sockets, as the kernel has them and as Python has them."""

from cpython.object cimport PyObject

cdef extern from "socketcalls.h" nogil:
    ctypedef unsigned int socklen_t
    ctypedef unsigned short sa_family_t
    struct sockaddr:
        sa_family_t sa_family
    struct sockaddr_storage:
        sa_family_t ss_family

cdef enum:
    PLACES = 64                # in each half of a book, a power of two
    ADDRESS_SIZE = 28          # of a struct sockaddr_in6, the longer one

cdef struct Known:
    PyObject *address          # a tuple, owned; NULL: the place is free
    socklen_t size
    char bytes[ADDRESS_SIZE]   # a struct sockaddr_in or sockaddr_in6

cdef class AddressBook:
    cdef Known *seen           # by the hash of the bytes: who has sent something
    cdef Known *used           # by the identity of the tuple: to whom something was sent

    cdef object address_of(self, const sockaddr *raw, socklen_t size)
    cdef const Known *find(self, object address, int family) except? NULL
