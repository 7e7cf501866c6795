/* Free-threaded CPython: what stands in for the GIL.
 *
 * Law: with a GIL everything here compiles to nothing.
 *
 * The rule of the kernel there: a loop's ring, poller and transports belong to the thread that runs
 * it (door.h says which one that is). What any thread may touch (futures, tasks, handles, timers, the
 * list of live tasks) changes under the lock that every object has, for a few instructions: nothing
 * of Python runs while it is held, nothing is destroyed, and no second lock is taken. A slot's old
 * object is therefore held in a local variable that outlives the lock.
 */
#ifndef TL_FREETHREADING_H
#define TL_FREETHREADING_H

#include <Python.h>

#ifdef Py_GIL_DISABLED

#define TL_FREE_THREADED 1
#define TL_THREAD_LOCAL _Thread_local
#define TL_LOAD(place) __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#define TL_STORE(place, value) __atomic_store_n(&(place), value, __ATOMIC_RELEASE)

static inline void tl_lock(PyObject *object) {
    PyMutex_Lock(&object->ob_mutex);
}
static inline void tl_unlock(PyObject *object) {
    PyMutex_Unlock(&object->ob_mutex);
}

#else

#define TL_FREE_THREADED 0
#define TL_THREAD_LOCAL
#define TL_LOAD(place) (place)
#define TL_STORE(place, value) ((place) = (value))

static inline void tl_lock(PyObject *object) {
    (void)object;
}
static inline void tl_unlock(PyObject *object) {
    (void)object;
}

#endif

/* The next number of a thing that is unique in the process; without a GIL each thread takes a thousand
 * at a time, so that loops in several threads do not wait for each other. One kind of thing only. */
static inline unsigned long tl_next_number(unsigned long *made) {
#ifdef Py_GIL_DISABLED
    static _Thread_local unsigned long next = 0, end = 0;
    if (next == end) {
        next = __atomic_fetch_add(made, 1000, __ATOMIC_RELAXED);
        end = next + 1000;
    }
    return ++next;
#else
    return ++*made;
#endif
}

#endif
