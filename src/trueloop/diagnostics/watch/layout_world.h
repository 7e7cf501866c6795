/* Free-threaded CPython: no GIL, but a thread may stop all others (to collect garbage, say).
 *
 *   tl_is_stopped(thread)        the one with the PyThreadState at `thread` may not run Python; it
 *                                may be at other things, and not have noticed
 *   tl_waits_for_a_stop(thread)  it wants to stop the others, and waits for one that does not yet
 * The names are the same from 3.13 on.
 */
#if defined(Py_GIL_DISABLED) && TL_FRAMES
#define Py_BUILD_CORE 1
#include <internal/pycore_pystate.h>
#undef Py_BUILD_CORE

static inline bool tl_is_stopped(const void *thread) {
    int state;
    if (!tl_read(&state, tl_at(thread, offsetof(PyThreadState, state)), sizeof state))
        return false;
#ifdef _Py_THREAD_SUSPENDED_WAITING /* 3.15 */
    if (state == _Py_THREAD_SUSPENDED_WAITING)
        return true;
#endif
    return state == _Py_THREAD_SUSPENDED;
}

/* A thread that runs C code without giving notice (a regular expression, a sort) stops when that is
 * over, and the one that wants to stop the world waits for it as it would for the GIL. */
static inline bool tl_waits_for_a_stop(const void *thread) {
    struct _stoptheworld_state pause;
    const void *interpreter;
    return tl_read(&interpreter, tl_at(thread, offsetof(PyThreadState, interp)), sizeof(void *)) &&
           tl_read(&pause, tl_at(interpreter, offsetof(PyInterpreterState, stoptheworld)),
                   sizeof pause) &&
           pause.requested && !pause.world_stopped && pause.requester == thread;
}

#else
static inline bool tl_is_stopped(const void *thread) {
    (void)thread;
    return false;
}

static inline bool tl_waits_for_a_stop(const void *thread) {
    (void)thread;
    return false;
}
#endif
