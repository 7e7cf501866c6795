/* Lines of tasks and threads.
 *
 * Law: knows who waits and in which order, not what for. Whoever changes a line holds its owner's lock.
 */
#ifndef TL_STANDING_H
#define TL_STANDING_H

#include <Python.h>

#include "freethreading.h"

/* Somebody who waits in a line: a task, by its future, or a thread, by its lock. */
typedef struct tl_standing {
    struct tl_standing *before, *after;
    PyObject *future;           /* owned by the line; NULL: it is a thread */
    PyThread_type_lock lock;    /* of a thread: it blocks in this until it is released */
    int is_in_line;
} tl_standing;

typedef struct {
    tl_standing *first, *last;
} tl_line;

static inline void tl_line_join(tl_line *line, tl_standing *who) {
    who->before = line->last;
    who->after = NULL;
    if (line->last == NULL)
        line->first = who;
    else
        line->last->after = who;
    line->last = who;
    who->is_in_line = 1;
}
static inline void tl_line_leave(tl_line *line, tl_standing *who) {
    if (who->before == NULL)
        line->first = who->after;
    else
        who->before->after = who->after;
    if (who->after == NULL)
        line->last = who->before;
    else
        who->after->before = who->before;
    who->is_in_line = 0;
}

/* Of a thread: not on its stack, for that is somebody else's in a forked child. */
static inline tl_standing *tl_standing_new(void) {
    tl_standing *who = PyMem_RawCalloc(1, sizeof *who);
    if (who != NULL && (who->lock = PyThread_allocate_lock()) == NULL) {
        PyMem_RawFree(who);
        return NULL;
    }
    if (who != NULL)
        PyThread_acquire_lock(who->lock, WAIT_LOCK);
    return who;
}
static inline void tl_standing_free(tl_standing *who) {
    if (who == NULL)
        return;
    PyThread_release_lock(who->lock);
    PyThread_free_lock(who->lock);
    PyMem_RawFree(who);
}
static inline void tl_fresh_lock(PyObject *object) {
#ifdef Py_GIL_DISABLED
    object->ob_mutex = (PyMutex){0};
#else
    (void)object;
#endif
}

#endif
