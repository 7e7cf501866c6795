"""AddressBook: what an Internet address is to the kernel and what it is to Python.

Law: translates, and remembers the last translations; knows no socket. What it cannot translate (a
name that has to be resolved, another family) is for the methods of Python's sockets.

A server answers those who have just asked. So an address that was seen a moment ago costs no new
tuple, and to send to a tuple that came out of here, or was used before, costs no parsing.

Ownership: a book owns the tuples in it. That is why one can be told by its identity: while it is
in the book, no other object has its address in memory.
"""

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.stdint cimport uint32_t, uint64_t, uintptr_t
from libc.string cimport memcmp, memcpy, memset, strlen

cdef extern from "<netinet/in.h>" nogil:
    """
    #include <arpa/inet.h>
    """
    enum:
        AF_INET
        AF_INET6
    struct in_addr:
        pass
    struct in6_addr:
        pass
    struct sockaddr_in:
        unsigned short sin_family
        unsigned short sin_port
        in_addr sin_addr
    struct sockaddr_in6:
        unsigned short sin6_family
        unsigned short sin6_port
        uint32_t sin6_flowinfo
        in6_addr sin6_addr
        uint32_t sin6_scope_id
    unsigned short htons(unsigned short)
    uint32_t htonl(uint32_t)
    const char *inet_ntop(int, const void *, char *, socklen_t)
    int inet_pton(int, const char *, void *)

cdef extern from "Python.h":
    bint PyUnicode_IS_COMPACT_ASCII(object) noexcept
    const char *PyUnicode_AsUTF8(object) except NULL

cdef enum:
    TEXT_SIZE = 46             # of the longest IPv6 address


cdef inline unsigned int place_of_bytes(const char *raw, socklen_t size) noexcept:
    cdef uint64_t parts[4]
    memset(parts, 0, sizeof(parts))
    memcpy(parts, raw, size)
    parts[0] ^= parts[1] ^ (parts[2] * 31) ^ (parts[3] * 17)
    return <unsigned int>((parts[0] * <uint64_t>0x9E3779B97F4A7C15) >> 32) & (PLACES - 1)


cdef inline unsigned int place_of_object(PyObject *address) noexcept:
    return <unsigned int>((<uintptr_t>address >> 4) ^ (<uintptr_t>address >> 10)) & (PLACES - 1)


cdef inline void put(Known *place, object address, const char *raw, socklen_t size) noexcept:
    cdef PyObject *old = place.address
    Py_INCREF(address)
    place.address = <PyObject *>address
    place.size = size
    memcpy(place.bytes, raw, size)
    Py_XDECREF(old)  # a tuple of texts and numbers: nothing else runs


cdef class AddressBook:
    """The addresses that one socket has to do with."""

    def __cinit__(self):
        self.seen = <Known *>PyMem_Calloc(2 * PLACES, sizeof(Known))
        if self.seen == NULL:
            raise MemoryError("no memory for addresses")
        self.used = self.seen + PLACES

    def __dealloc__(self):
        cdef int i
        if self.seen != NULL:
            for i in range(2 * PLACES):
                Py_XDECREF(self.seen[i].address)
            PyMem_Free(self.seen)

    cdef object address_of(self, const sockaddr *raw, socklen_t size):
        """What Python's recvfrom() gives; None if there is no address, or none of ours."""
        cdef Known *place
        cdef const char *data = <const char *>raw
        if size == 0 or size > ADDRESS_SIZE:
            return None
        place = &self.seen[place_of_bytes(data, size)]
        if place.address != NULL and place.size == size and not memcmp(place.bytes, data, size):
            return <object>place.address
        address = translated(raw)
        if address is not None:
            put(place, address, data, size)
            put(&self.used[place_of_object(<PyObject *>address)], address, data, size)
        return address

    cdef const Known *find(self, object address, int family) except? NULL:
        """Where to send to; NULL, and nothing is raised, if Python has to find that out."""
        cdef Known *place = &self.used[place_of_object(<PyObject *>address)]
        cdef Known found
        if place.address == <PyObject *>address:
            return place
        if type(address) is not tuple or not parse(<tuple>address, family, &found):
            return NULL
        put(place, address, found.bytes, found.size)
        return place


cdef object translated(const sockaddr *raw):
    cdef const sockaddr_in *four = <const sockaddr_in *>raw
    cdef const sockaddr_in6 *six = <const sockaddr_in6 *>raw
    cdef char text[TEXT_SIZE]
    if raw.sa_family == AF_INET:
        inet_ntop(AF_INET, &four.sin_addr, text, TEXT_SIZE)
        return text.decode("ascii"), htons(four.sin_port)
    if raw.sa_family == AF_INET6:
        inet_ntop(AF_INET6, &six.sin6_addr, text, TEXT_SIZE)
        return (
            text.decode("ascii"),
            htons(six.sin6_port),
            htonl(six.sin6_flowinfo),
            six.sin6_scope_id,
        )
    return None


cdef bint parse(tuple address, int family, Known *found) except -1:
    """Translate an address that needs no resolving; False if it is anything else."""
    cdef sockaddr_in *four = <sockaddr_in *>found.bytes
    cdef sockaddr_in6 *six = <sockaddr_in6 *>found.bytes
    cdef const char *host
    if len(address) != 2 or type(address[0]) is not str or type(address[1]) is not int:
        return False
    if not PyUnicode_IS_COMPACT_ASCII(address[0]) or not 0 <= address[1] <= 0xFFFF:
        return False
    host = PyUnicode_AsUTF8(address[0])
    if <Py_ssize_t>strlen(host) != len(<str>address[0]):
        return False
    memset(found.bytes, 0, ADDRESS_SIZE)
    if family == AF_INET and inet_pton(AF_INET, host, &four.sin_addr) == 1:
        four.sin_family = AF_INET
        four.sin_port = htons(address[1])
        found.size = sizeof(sockaddr_in)
        return True
    if family == AF_INET6 and inet_pton(AF_INET6, host, &six.sin6_addr) == 1:
        six.sin6_family = AF_INET6
        six.sin6_port = htons(address[1])
        found.size = sizeof(sockaddr_in6)
        return True
    return False
