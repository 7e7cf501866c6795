#define _GNU_SOURCE
#include "layout.h" /* first: Python's configuration must precede the system's headers */

#include "gil.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic(uintptr_t) gil; /* 0: unknown */

static bool has_the_right_holder(const void *found, const void *thread) {
    const void *holder = tl_gil_holder(found);
#ifdef Py_GIL_DISABLED
    if (holder == NULL) /* the GIL is there, for those who ask for it, but nobody has it */
        return true;
#endif
    return holder == thread;
}

void tl_gil_locate(const void *thread) {
    const void *found = tl_gil_of(thread);
    gil = found != NULL && has_the_right_holder(found, thread) ? (uintptr_t)found : 0;
}

void tl_gil_forget(void) {
    gil = 0;
}

/* The GIL is a mutex and two condition variables in one struct. A wait for any of them is a system
 * call whose first argument lies inside, and no other call has such an argument. */
static bool is_in_gil(uintptr_t address) {
    return address - gil < TL_GIL_SIZE;
}

/* What the system call that the thread waits in, if in any, is for; and its number. */
static tl_wait ask_kernel(int tid, int *call_number) {
    char path[64], text[256];
    intmax_t call;
    uintmax_t first;
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return TL_WAIT_UNKNOWN;
    *call_number = TL_NO_CALL;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0)
        return TL_WAIT_UNKNOWN;
    text[size] = '\0';
    if (strncmp(text, "running", 7) == 0)
        return TL_WAIT_NONE;
    /* Number of the call (-1: waits in none, as for a page) and its arguments. */
    if (sscanf(text, "%jd 0x%jx", &call, &first) != 2)
        return TL_WAIT_UNKNOWN;
    *call_number = (int)call;
    return call >= 0 && is_in_gil((uintptr_t)first) ? TL_WAIT_GIL : TL_WAIT_OTHER;
}

tl_wait tl_gil_ask(int tid, const void *thread, int *call) {
    *call = TL_NO_CALL;
    if (gil == 0 || tid <= 0)
        return TL_WAIT_UNKNOWN;
    tl_wait wait = ask_kernel(tid, call);
    if (wait == TL_WAIT_UNKNOWN)
        return wait;
    /* Who sleeps or computes outside of Python while the world is stopped does so for itself. */
    if (tl_waits_for_a_stop(thread) || (*call == SYS_futex && tl_is_stopped(thread)))
        return TL_WAIT_GIL;
    return wait;
}

const void *tl_gil_other_holder(const void *thread) {
    const void *holder = gil != 0 ? tl_gil_holder((const void *)gil) : NULL;
    return holder != thread ? holder : NULL;
}

bool tl_gil_known(void) {
    int call;
    return gil != 0 && ask_kernel((int)syscall(SYS_gettid), &call) != TL_WAIT_UNKNOWN;
}
