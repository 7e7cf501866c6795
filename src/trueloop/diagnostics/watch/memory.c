#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* No object lives in the first page: a null pointer plus an offset is refused without a call. */
#define FIRST_PAGE 4096
/* The smallest page of any machine: its ends are ends of no more than one page. */
#define PAGE 4096
/* A pipe takes this much at once without blocking, on every Linux. */
#define PIPE_CHUNK 4096

static enum { NONE, DIRECT, PIPE } way = NONE;
static pid_t self;
static int pipe_ends[2] = {-1, -1};
static ino_t pipe_identity;

static bool read_direct(void *to, const void *from, size_t size) {
    struct iovec local = {to, size};
    struct iovec remote = {(void *)(uintptr_t)from, size};
    return process_vm_readv(self, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* A program that becomes a daemon closes all descriptors, and may open its own under our numbers:
 * nothing must be written there. */
static bool pipe_is_ours(void) {
    struct stat in, out;
    return fstat(pipe_ends[0], &out) == 0 && fstat(pipe_ends[1], &in) == 0 &&
           S_ISFIFO(out.st_mode) && S_ISFIFO(in.st_mode) && out.st_ino == pipe_identity &&
           in.st_ino == pipe_identity;
}

/* Take `size` bytes out of the pipe; they are there, so this does not block. */
static bool drain(char *to, size_t size) {
    while (size > 0) {
        ssize_t got = read(pipe_ends[0], to, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        size -= (size_t)got;
    }
    return true;
}

/* write(2) copies from the address and fails where it cannot; read(2) brings the bytes back. Called
 * as a bare system call: a sanitizer that checks write()'s argument would report what is the very
 * point here. */
static bool read_through_pipe(char *to, const void *from, size_t size) {
    if (!pipe_is_ours())
        return false;
    while (size > 0) {
        size_t chunk = size < PIPE_CHUNK ? size : PIPE_CHUNK;
        long put = syscall(SYS_write, pipe_ends[1], from, chunk);
        if (put <= 0 || !drain(to, (size_t)put))
            return false;
        to += put;
        from = tl_at(from, (size_t)put);
        size -= (size_t)put;
    }
    return true;
}

bool tl_read(void *to, const void *from, size_t size) {
    if ((uintptr_t)from < FIRST_PAGE)
        return false;
    switch (way) {
    case DIRECT:
        return read_direct(to, from, size);
    case PIPE:
        return read_through_pipe(to, from, size);
    default:
        return false;
    }
}

size_t tl_read_ahead(void *to, const void *from, size_t least, size_t most) {
    size_t page_left = PAGE - (uintptr_t)from % PAGE;
    size_t size = page_left < most ? page_left : most;
    if (size < least)
        size = least;
    return tl_read(to, from, size) ? size : 0;
}

bool tl_memory_open(void) {
    int probe = 1, copy = 0;
    self = getpid(); /* anew each time: a forked child has another */
    /* Container profiles may forbid the call, and the kernel may be built without it. */
    way = DIRECT;
    if (tl_read(&copy, &probe, sizeof copy) && copy == probe)
        return true;
    way = NONE;
    struct stat status;
    if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0 || fstat(pipe_ends[0], &status) != 0)
        return false;
    pipe_identity = status.st_ino;
    way = PIPE;
    return true;
}

void tl_memory_close(void) {
    if (way == PIPE && pipe_is_ours()) {
        close(pipe_ends[0]);
        close(pipe_ends[1]);
    }
    way = NONE;
}

const char *tl_memory_way(void) {
    return way == DIRECT ? "process_vm_readv" : way == PIPE ? "pipe" : "none";
}
