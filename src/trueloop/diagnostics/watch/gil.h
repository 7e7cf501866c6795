/* Whether a thread waits for the GIL, or is stopped for another thread's sake.
 *
 * Law: asks the kernel what the thread waits for; a thread's own state in Python does not tell a
 * wait for the GIL from any other. Knows no loops.
 */
#ifndef TL_GIL_H
#define TL_GIL_H

#include <stdbool.h>

typedef enum tl_wait {
    TL_WAIT_UNKNOWN,
    TL_WAIT_NONE,  /* it runs, or could */
    TL_WAIT_GIL,   /* or, without a GIL: the world is stopped */
    TL_WAIT_OTHER, /* sleeps, or waits for a lock, a socket, a page */
} tl_wait;

/* Learn where the GIL of the calling thread's interpreter is. To be called attached to the
 * interpreter (with the GIL), while memory is open and no watch runs. Believes the layout only if
 * what it finds names the caller as the GIL's holder. */
void tl_gil_locate(const void *thread);

/* Forget it, if the layout of this Python has proven wrong: then nothing is known. */
void tl_gil_forget(void);

#define TL_NO_CALL (-1)

/* What the thread of this process with the kernel's id `tid` and the PyThreadState at `thread`
 * waits for at this moment. Unknown where the kernel or a container does not tell (no
 * /proc/PID/task/TID/syscall), with a CPython that is not described in layout.h, and with a C
 * library whose condition variables do not wait at their own address (musl: then a wait for the GIL
 * looks like any other). `call` is the number of the system call it is in, or TL_NO_CALL. Opens a
 * file for the moment, as tl_schedule_read(). */
tl_wait tl_gil_ask(int tid, const void *thread, int *call);

/* PyThreadState of the thread that has the GIL just now; NULL if that is the one whose PyThreadState
 * is at `thread`, or nobody, or not known. */
const void *tl_gil_other_holder(const void *thread);

/* Whether tl_gil_ask() would tell the calling thread. */
bool tl_gil_known(void);

#endif
