/* Where asyncio keeps the loop that runs in a thread.
 *
 * Law: a part of cpython.h, for the one module that includes it; runningloop.pyx makes sure at
 * import that it is the place.
 */
#ifndef TL_RUNNINGLOOP_H
#define TL_RUNNINGLOOP_H

#include <Python.h>
#include <unistd.h>

#if PY_VERSION_HEX >= 0x030D0000

#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#include "internal/pycore_gc.h" /* pycore_tstate.h of 3.13 forgets it */
#include "internal/pycore_tstate.h"
#undef Py_BUILD_CORE
#endif

/* A slot of the thread state. asyncio empties it in the child of a fork. */
static inline PyObject *tl_running_loop(void) {
    return ((_PyThreadStateImpl *)PyThreadState_Get())->asyncio_running_loop;
}

static inline void tl_note_process(void) {}

#else

/* An entry of the thread's dict, with the process that made it: asyncio asks the system for the
 * number of the process each time, and that takes longer than all the rest. */
typedef struct {
    PyObject_HEAD
    PyObject *loop;
    pid_t process;
} tl_running_holder;

static pid_t tl_process;
static PyObject *tl_holder_name;

static inline PyObject *tl_running_loop(void) {
    PyObject *dict = PyThreadState_GetDict();
    tl_running_holder *holder =
        dict == NULL ? NULL : (tl_running_holder *)PyDict_GetItem(dict, tl_holder_name);
    return holder == NULL || holder->process != tl_process ? NULL : holder->loop;
}

/* To be called at import and in the child of each fork. */
static inline void tl_note_process(void) {
    tl_process = getpid();
    if (tl_holder_name == NULL)
        tl_holder_name = PyUnicode_InternFromString("__asyncio_running_event_loop__");
}

#endif

#endif
