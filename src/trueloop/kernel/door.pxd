"""The door of a loop: what other threads may do to it (door.h)."""

from cpython.object cimport PyObject
from libc.stdint cimport uintptr_t

cdef extern from "door.h":
    ctypedef struct Entry "tl_entry":
        int kind
        PyObject *a
        PyObject *b
        PyObject *c
    ctypedef struct tl_door:
        Entry *inbox
    uintptr_t tl_this_thread() noexcept
    void tl_door_init(tl_door *) noexcept
    size_t tl_door_count(tl_door *) noexcept
    bint tl_door_is_run_here(tl_door *) noexcept
    bint tl_door_is_mine(tl_door *) noexcept
    bint tl_door_is_anothers(tl_door *) noexcept
    uintptr_t tl_door_own(tl_door *) noexcept
    void tl_door_disown(tl_door *, uintptr_t) noexcept
    int tl_new_bell() noexcept
    void tl_door_set_bell(tl_door *, int) noexcept
    void tl_door_sleep(tl_door *, int) noexcept
    void tl_door_rouse(tl_door *) noexcept
    int tl_door_post(tl_door *, Entry) noexcept
    size_t tl_door_take(tl_door *, Entry **, size_t *) noexcept
    void tl_door_end(tl_door *) noexcept
    void tl_door_give_back(tl_door *, Entry *, size_t) noexcept
    ssize_t tl_drain(int, char *, size_t) noexcept
