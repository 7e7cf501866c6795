#define _GNU_SOURCE
#include "gil.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "layout.h"

static uintptr_t gil; /* 0: unknown */
static size_t gil_size;

void tl_gil_locate(void) {
    size_t size = 0;
    const void *found = tl_gil_of(PyThreadState_Get(), &size);
    if ((uintptr_t)found == gil)
        return; /* as ever: the watch thread may be reading it */
    gil_size = size;
    gil = (uintptr_t)found;
}

/* The GIL is a mutex and two condition variables in one struct. A wait for any of them is a system
 * call whose first argument lies inside, and no other call has such an argument. */
static bool is_in_gil(uintptr_t address) {
    return address - gil < gil_size;
}

tl_wait tl_gil_ask(int tid) {
    char path[64], text[256];
    intmax_t call;
    uintmax_t first;
    if (gil == 0 || tid <= 0)
        return TL_WAIT_UNKNOWN;
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return TL_WAIT_UNKNOWN;
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
    return call >= 0 && is_in_gil((uintptr_t)first) ? TL_WAIT_GIL : TL_WAIT_OTHER;
}

bool tl_gil_is_anothers(const void *thread) {
    const void *holder = gil != 0 ? tl_gil_holder((const void *)gil) : NULL;
    return holder != NULL && holder != thread;
}

bool tl_gil_known(void) {
    return tl_gil_ask((int)syscall(SYS_gettid)) != TL_WAIT_UNKNOWN;
}
