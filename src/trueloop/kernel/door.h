/* The door of a loop: what other threads may do to it.
 *
 * Law: knows threads and entries, not what an entry means. The lock is held for a few instructions,
 * never while anything of Python runs, and for one system call if the loop has to be woken.
 *
 * Whoever comes here holds the GIL. Where there is one, it is the lock, and nothing here is atomic.
 *
 * The order that makes sleeping safe: a poster fills the inbox and then looks whether the loop sleeps;
 * the loop says that it sleeps and then looks into the inbox. One of them must see the other.
 */
#ifndef TL_DOOR_H
#define TL_DOOR_H

#include <Python.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Something to run. Each pointer that is not NULL owns one reference, which goes with the entry. */
typedef struct {
    int kind;
    PyObject *a;
    PyObject *b;
    PyObject *c;
} tl_entry;

typedef struct {
#ifdef Py_GIL_DISABLED
    pthread_mutex_t lock;       /* guards the inbox and the bell */
#endif
    tl_entry *inbox;            /* what was posted and not yet taken */
    size_t capacity;
    tl_entry *spare;            /* an empty inbox, to take turns with the other */
    size_t spare_capacity;
    _Atomic(size_t) count;
    _Atomic(int) asleep;        /* 1 while the loop is blocked in the poller, or about to be */
    int bell;                   /* eventfd that wakes the loop when written to; -1: nobody to wake */
    _Atomic(uintptr_t) owner;   /* the thread that runs the loop; 0 while none does */
} tl_door;

#ifdef Py_GIL_DISABLED
#define TL_IN_ORDER memory_order_seq_cst
static inline void tl_door_lock(tl_door *door) {
    pthread_mutex_lock(&door->lock);
}
static inline void tl_door_unlock(tl_door *door) {
    pthread_mutex_unlock(&door->lock);
}
#else
#define TL_IN_ORDER memory_order_relaxed
static inline void tl_door_lock(tl_door *door) {
    (void)door;
}
static inline void tl_door_unlock(tl_door *door) {
    (void)door;
}
#endif

static inline void tl_door_init(tl_door *door) {
#ifdef Py_GIL_DISABLED
    pthread_mutex_init(&door->lock, NULL);
#endif
    door->inbox = NULL;
    door->capacity = 0;
    door->spare = NULL;
    door->spare_capacity = 0;
    door->bell = -1;
    atomic_init(&door->count, 0);
    atomic_init(&door->asleep, 0);
    atomic_init(&door->owner, 0);
}

static inline size_t tl_door_count(tl_door *door) {
    return atomic_load_explicit(&door->count, TL_IN_ORDER);
}

/* Identity of the running thread, as cheap as it can be had. */
static inline uintptr_t tl_this_thread(void) {
#if defined(Py_GIL_DISABLED)
    return _Py_ThreadId();
#elif defined(__x86_64__) || defined(__aarch64__)
    return (uintptr_t)__builtin_thread_pointer();
#else
    return (uintptr_t)pthread_self();
#endif
}

/* Whether this thread runs the loop. */
static inline int tl_door_is_run_here(tl_door *door) {
    return atomic_load_explicit(&door->owner, memory_order_relaxed) == tl_this_thread();
}

/* Whether another thread runs the loop. */
static inline int tl_door_is_anothers(tl_door *door) {
    uintptr_t owner = atomic_load_explicit(&door->owner, memory_order_relaxed);
    return owner != tl_this_thread() && owner != 0;
}

/* Whether this thread may touch what belongs to the loop's thread. While no thread runs the loop,
 * whoever holds the GIL may. Without a GIL nobody may push into the ring then: what is made goes
 * through the inbox. */
static inline int tl_door_is_mine(tl_door *door) {
#ifdef Py_GIL_DISABLED
    return tl_door_is_run_here(door);
#else
    return !tl_door_is_anothers(door);
#endif
}

static inline uintptr_t tl_door_own(tl_door *door) {
    return atomic_exchange(&door->owner, tl_this_thread());
}

static inline void tl_door_disown(tl_door *door, uintptr_t before) {
    atomic_store(&door->owner, before);
}

/* A new bell, or -1 with errno. */
static inline int tl_new_bell(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static inline void tl_door_set_bell(tl_door *door, int bell) {
    tl_door_lock(door);
    door->bell = bell;
    tl_door_unlock(door);
}

static inline void tl_door_sleep(tl_door *door, int yes) {
    atomic_store_explicit(&door->asleep, yes, TL_IN_ORDER);
}

/* Wake the loop if it sleeps. Under the lock, so that the bell is not closed meanwhile. */
static inline void tl_door_rouse_locked(tl_door *door) {
    if (atomic_load_explicit(&door->asleep, TL_IN_ORDER) == 0)
        return;
    atomic_store_explicit(&door->asleep, 0, TL_IN_ORDER);
    if (door->bell >= 0) {
        /* Nobody reads the bell: each write is an edge, and 2^64 of them do not happen. */
        uint64_t one = 1;
        long ignored = syscall(SYS_write, door->bell, &one, sizeof one);
        (void)ignored;
    }
}

static inline void tl_door_rouse(tl_door *door) {
    if (!atomic_load_explicit(&door->asleep, TL_IN_ORDER))
        return;
    tl_door_lock(door);
    tl_door_rouse_locked(door);
    tl_door_unlock(door);
}

/* Put an entry into the inbox (its references are taken) and wake the loop; -1 without memory. */
static inline int tl_door_post(tl_door *door, tl_entry entry) {
    int result = 0;
    tl_door_lock(door);
    size_t n = atomic_load_explicit(&door->count, memory_order_relaxed);
    if (n == door->capacity) {
        size_t capacity = n ? n * 2 : 64;
        tl_entry *grown = PyMem_RawRealloc(door->inbox, capacity * sizeof *grown);
        if (grown == NULL)
            result = -1;
        else {
            door->inbox = grown;
            door->capacity = capacity;
        }
    }
    if (result == 0) {
        door->inbox[n] = entry;
        atomic_store_explicit(&door->count, n + 1, TL_IN_ORDER);
        tl_door_rouse_locked(door);
    }
    tl_door_unlock(door);
    return result;
}

/* Everything in the inbox at once: an array of entries that are the caller's then. The array is given
 * back with tl_door_give_back; there is none if there were no entries. */
static inline size_t tl_door_take(tl_door *door, tl_entry **entries, size_t *capacity) {
    tl_door_lock(door);
    size_t n = atomic_load_explicit(&door->count, memory_order_relaxed);
    if (n == 0) {
        tl_door_unlock(door);
        return 0;
    }
    *entries = door->inbox;
    *capacity = door->capacity;
    door->inbox = door->spare;
    door->capacity = door->spare_capacity;
    door->spare = NULL;
    door->spare_capacity = 0;
    atomic_store_explicit(&door->count, 0, TL_IN_ORDER);
    tl_door_unlock(door);
    return n;
}

static inline void tl_door_give_back(tl_door *door, tl_entry *entries, size_t capacity) {
    tl_door_lock(door);
    if (door->spare == NULL && capacity <= 65536) {
        door->spare = entries;
        door->spare_capacity = capacity;
        entries = NULL;
    }
    tl_door_unlock(door);
    PyMem_RawFree(entries);
}

/* Free the arrays; the entries are the caller's business. */
static inline void tl_door_end(tl_door *door) {
    PyMem_RawFree(door->inbox);
    PyMem_RawFree(door->spare);
    door->inbox = door->spare = NULL;
    door->capacity = door->spare_capacity = 0;
}

/* What is in a self-pipe, as much as fits; 0 if nothing is, -1 if it may still be. */
static inline ssize_t tl_drain(int fd, char *buffer, size_t size) {
    ssize_t n = recv(fd, buffer, size, MSG_DONTWAIT);
    if (n < 0)
        return errno == EINTR || errno == ENOMEM ? -1 : 0;
    return n;
}

#endif
