"""ReadBuffer: bytes that have arrived and that nobody has read yet.

Law: one block of memory, filled at its end and emptied at its beginning; knows no stream.

asyncio keeps them in a bytearray, which programs look into. Whoever asks gets one, and then the
bytes are in there for as long as somebody holds it, so that both see the same.

Without a GIL the block changes under the object's lock. What two threads make of one buffer may be
nonsense, but is no crash.

Ownership: the block, and a bytearray that was shown. An empty buffer keeps a small block only: most
connections are idle most of the time.
"""

cimport cython
from cpython.bytearray cimport (
    PyByteArray_AS_STRING, PyByteArray_GET_SIZE, PyByteArray_Resize,
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from cpython.object cimport PyObject
from libc.string cimport memcpy, memmove

from trueloop.kernel.freethreading cimport TL_FREE_THREADED, tl_lock, tl_unlock

cdef extern from *:
    """
    #define _GNU_SOURCE
    #include <string.h>
    """
    void *memchr(const void *, int, size_t) noexcept
    void *memmem(const void *, size_t, const void *, size_t) noexcept

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject *) noexcept
    int PySequence_DelSlice(object, Py_ssize_t, Py_ssize_t) except -1

cdef extern from "socketcalls.h":
    object tl_received_bytes(const char *, Py_ssize_t)

cdef enum:
    SMALLEST = 1024
    KEPT = 4096                # an empty buffer gives a bigger block back


@cython.final
cdef class ReadBuffer:
    """What one reader has still to hand over."""

    def __dealloc__(self):
        PyMem_RawFree(self.block)

    cdef Py_ssize_t count(self) noexcept:
        """How many bytes there are."""
        return self.size if self.shown is None else PyByteArray_GET_SIZE(self.shown)

    cdef int add(self, const char *data, Py_ssize_t size) except -1:
        """Copy bytes to the end."""
        cdef bint added
        cdef Py_ssize_t before
        if self.shown is not None:
            if TL_FREE_THREADED or Py_REFCNT(<PyObject *>self.shown) > 1:
                before = PyByteArray_GET_SIZE(self.shown)
                PyByteArray_Resize(self.shown, before + size)  # BufferError while it is exported
                memcpy(PyByteArray_AS_STRING(self.shown) + before, data, size)
                return 0
            self.hide()
        tl_lock(<PyObject *>self)
        added = append(self, data, size)
        tl_unlock(<PyObject *>self)
        if not added:
            raise MemoryError
        return 0

    cdef bytes take(self, Py_ssize_t size):
        """Take so many bytes, or all there are, from the beginning."""
        cdef bytes taken
        if self.shown is not None:
            taken = bytes(memoryview(self.shown)[:size])
            self.drop(size)
            return taken
        if not TL_FREE_THREADED:
            size = min(size, self.size)
            taken = tl_received_bytes(self.block + self.begin, size)
            shorten(self, size)
            return taken
        taken = bytes(min(size, self.size))
        tl_lock(<PyObject *>self)
        size = min(PyBytes_GET_SIZE(taken), self.size)
        memcpy(PyBytes_AS_STRING(taken), self.block + self.begin, size)
        shorten(self, size)
        tl_unlock(<PyObject *>self)
        return taken if size == PyBytes_GET_SIZE(taken) else taken[:size]

    cdef int drop(self, Py_ssize_t size) except -1:
        """Forget so many bytes, or all there are, at the beginning."""
        if self.shown is not None:
            return PySequence_DelSlice(self.shown, 0, size)
        tl_lock(<PyObject *>self)
        shorten(self, min(size, self.size))
        tl_unlock(<PyObject *>self)
        return 0

    cdef Py_ssize_t find(self, bytes separator, Py_ssize_t start) noexcept:
        """Where a separator begins, at `start` or behind it; -1 if it is not there."""
        cdef Py_ssize_t found = -1
        if self.shown is not None:
            return found_in(
                PyByteArray_AS_STRING(self.shown), PyByteArray_GET_SIZE(self.shown), separator,
                start,
            )
        tl_lock(<PyObject *>self)
        found = found_in(self.block + self.begin, self.size, separator, start)
        tl_unlock(<PyObject *>self)
        return found

    cdef bytearray show(self):
        """The bytes as a bytearray that may be changed."""
        cdef bytearray content
        if self.shown is None:
            content = bytearray(self.take(self.size))
            self.shown = content
        return self.shown

    cdef int replace(self, bytearray content) except -1:
        """From now on these are the bytes."""
        self.drop(self.count())
        self.shown = content
        return 0

    cdef int hide(self) except -1:
        """Nobody else holds the bytearray any more: back into the block."""
        cdef bytearray content = self.shown
        self.shown = None
        return self.add(PyByteArray_AS_STRING(content), PyByteArray_GET_SIZE(content))


cdef bint append(ReadBuffer self, const char *data, Py_ssize_t size) noexcept:
    """Copy bytes to the end of the block; False if there is no memory."""
    cdef Py_ssize_t needed = self.size + size
    cdef Py_ssize_t capacity
    cdef char *block
    if size == 0:
        return True
    if self.begin + needed > self.capacity:
        if needed <= self.capacity:
            memmove(self.block, self.block + self.begin, self.size)
        else:
            capacity = max(self.capacity, SMALLEST)
            while capacity < needed:
                capacity *= 2
            block = <char *>PyMem_RawMalloc(capacity)
            if block == NULL:
                return False
            if self.size:
                memcpy(block, self.block + self.begin, self.size)
            PyMem_RawFree(self.block)
            self.block = block
            self.capacity = capacity
        self.begin = 0
    memcpy(self.block + self.begin + self.size, data, size)
    self.size = needed
    return True


cdef inline void shorten(ReadBuffer self, Py_ssize_t size) noexcept:
    """Let go of so many bytes at the beginning of the block."""
    self.begin += size
    self.size -= size
    if self.size == 0:
        self.begin = 0
        if self.capacity > KEPT:
            PyMem_RawFree(self.block)
            self.block = NULL
            self.capacity = 0


cdef Py_ssize_t found_in(
    const char *data, Py_ssize_t size, bytes separator, Py_ssize_t start
) noexcept:
    cdef Py_ssize_t length = PyBytes_GET_SIZE(separator)
    cdef const char *place
    if start > size - length:
        return -1
    if length == 1:
        place = <const char *>memchr(data + start, PyBytes_AS_STRING(separator)[0], size - start)
    else:
        place = <const char *>memmem(
            data + start, size - start, PyBytes_AS_STRING(separator), length
        )
    return -1 if place == NULL else place - data
