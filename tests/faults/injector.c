/* The injector: makes the n-th system call, or the n-th allocation, of a process fail.
 *
 * Law: stands between the program and the C library (LD_PRELOAD), and between CPython and its
 * allocators; knows neither trueloop nor what is tried. What it is not told to fail, it passes on.
 *
 * So the code under test is the released code, bit for bit, and CPython's own calls (accept, connect,
 * socket, pipe) are fault points too. Only threads that have joined are counted: trueloop's watch has
 * a thread of its own, whose calls come when they like.
 *
 * An injected EAGAIN, and a read cut short, say "nothing is left". The kernel tells of what comes
 * after that by a new edge; so after such a lie the edge is armed again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* ---- the plan: what is to fail ---- */

enum { SHORT = -1, PASS = 0 }; /* besides an errno, what may be injected */

/* Kinds of calls; injection.py has their names, in this order. */
enum {
    ACCEPT, BIND, CONNECT, EPOLL_CREATE, EPOLL_CTL, EPOLL_WAIT, EVENTFD, GETPEERNAME, GETSOCKNAME,
    GETSOCKOPT, LISTEN, OPEN, PIPE, READ, RECV, SEND, SENDFILE, SETSOCKOPT, SHUTDOWN, SOCKET,
    SOCKETPAIR, TIMERFD_CREATE, TIMERFD_SETTIME, WAIT, WRITE, PIDFD, FCNTL, KINDS
};

enum { LOG_LENGTH = 1 << 16 };

static struct {
    _Atomic(long) count;        /* calls so far */
    long first, last;           /* those that fail, counted from 0 */
    int how;                    /* errno, or SHORT */
    int kind;                   /* fails only calls of this kind; -1: all */
    _Atomic(int) fired;
    uint8_t kinds[LOG_LENGTH];  /* of each call */
    uint8_t own[LOG_LENGTH];    /* whether native code of trueloop made it */
} calls = {.first = -1, .last = -1};

static __thread int joined = 0;
static int tell_where = 0;

static void tell_stacks(const char *what) {
    void *frames[24];
    char **dump;
    int n = backtrace(frames, 24);
    ssize_t ignored = write(2, what, strlen(what));
    backtrace_symbols_fd(frames, n, 2);
    void (*python)(int, void *) = (void (*)(int, void *))dlsym(RTLD_DEFAULT, "_Py_DumpTraceback");
    void *(*thread)(void) = (void *(*)(void))dlsym(RTLD_DEFAULT, "PyGILState_GetThisThreadState");
    if (python != NULL && thread != NULL)
        python(2, thread());
    (void)ignored, (void)dump;
}

/* Whether `caller` lies in one of trueloop's extensions. */
static int is_own(void *caller) {
    Dl_info info;
    return dladdr(caller, &info) && info.dli_fname != NULL
        && strstr(info.dli_fname, "/trueloop/") != NULL;
}

/* What becomes of this call: PASS, SHORT or an errno. */
static int fate(int kind, void *caller) {
    if (!joined)
        return PASS;
    if (calls.kind >= 0 && calls.kind != kind)
        return PASS;
    long n = atomic_fetch_add(&calls.count, 1);
    if (n < LOG_LENGTH) {
        calls.kinds[n] = (uint8_t)kind;
        calls.own[n] = (uint8_t)is_own(caller);
    }
    if (n < calls.first || n > calls.last)
        return PASS;
    if (atomic_fetch_add(&calls.fired, 1) == 0 && tell_where) {
        joined = 0;
        tell_stacks("--- the call that fails\n");
        joined = 1;
    }
    return calls.how;
}

/* ---- edges ---- */

enum { DESCRIPTORS = 4096 };
static struct {
    int epoll; /* plus one */
    struct epoll_event event;
} watched[DESCRIPTORS];

static void arm_again(int fd) {
    if (fd >= 0 && fd < DESCRIPTORS && watched[fd].epoll) {
        int before = errno;
        syscall(SYS_epoll_ctl, watched[fd].epoll - 1, EPOLL_CTL_MOD, fd, &watched[fd].event);
        errno = before;
    }
}

static int fail(int how, int fd) {
    if (how == EAGAIN)
        arm_again(fd);
    errno = how;
    return -1;
}

static struct iovec first_byte(const struct iovec *vector, size_t n) {
    struct iovec one = {NULL, 0};
    for (size_t i = 0; i < n && one.iov_len == 0; i++) {
        one.iov_base = vector[i].iov_base;
        one.iov_len = vector[i].iov_len ? 1 : 0;
    }
    return one;
}

/* ---- the calls ---- */

#define REAL(type, name, parameters)                                                               \
    static type(*real) parameters;                                                                 \
    if (real == NULL)                                                                              \
        real = (type(*) parameters)dlsym(RTLD_NEXT, name)

#define CALLER __builtin_return_address(0)

/* name, parameters, arguments: fails with errno, or passes */
#define SIMPLE(kind, name, fd, parameters, arguments)                                              \
    EXPORT int name parameters {                                                                   \
        REAL(int, #name, parameters);                                                              \
        int how = fate(kind, CALLER);                                                              \
        return how == PASS || how == SHORT ? real arguments : fail(how, fd);                       \
    }

SIMPLE(ACCEPT, accept, fd, (int fd, struct sockaddr *a, socklen_t *n), (fd, a, n))
SIMPLE(ACCEPT, accept4, fd, (int fd, struct sockaddr *a, socklen_t *n, int flags), (fd, a, n, flags))
SIMPLE(BIND, bind, fd, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
SIMPLE(CONNECT, connect, fd, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
SIMPLE(EPOLL_CREATE, epoll_create1, -1, (int flags), (flags))
SIMPLE(EVENTFD, eventfd, -1, (unsigned n, int flags), (n, flags))
SIMPLE(GETPEERNAME, getpeername, fd, (int fd, struct sockaddr *a, socklen_t *n), (fd, a, n))
SIMPLE(GETSOCKNAME, getsockname, fd, (int fd, struct sockaddr *a, socklen_t *n), (fd, a, n))
SIMPLE(GETSOCKOPT, getsockopt, fd, (int fd, int l, int o, void *v, socklen_t *n), (fd, l, o, v, n))
SIMPLE(LISTEN, listen, fd, (int fd, int n), (fd, n))
SIMPLE(PIPE, pipe2, -1, (int fds[2], int flags), (fds, flags))
SIMPLE(SETSOCKOPT, setsockopt, fd, (int fd, int l, int o, const void *v, socklen_t n), (fd, l, o, v, n))
SIMPLE(SHUTDOWN, shutdown, fd, (int fd, int how_far), (fd, how_far))
SIMPLE(SOCKET, socket, -1, (int f, int t, int p), (f, t, p))
SIMPLE(SOCKETPAIR, socketpair, -1, (int f, int t, int p, int fds[2]), (f, t, p, fds))
SIMPLE(TIMERFD_CREATE, timerfd_create, -1, (int clock, int flags), (clock, flags))
SIMPLE(TIMERFD_SETTIME, timerfd_settime, fd,
       (int fd, int flags, const struct itimerspec *new, struct itimerspec *old), (fd, flags, new, old))
SIMPLE(EPOLL_WAIT, epoll_wait, -1, (int e, struct epoll_event *at, int n, int ms), (e, at, n, ms))
SIMPLE(WAIT, waitpid, -1, (pid_t pid, int *status, int options), (pid, status, options))

EXPORT int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event) {
    int how = fate(EPOLL_CTL, CALLER);
    if (how != PASS && how != SHORT)
        return fail(how, -1);
    int result = (int)syscall(SYS_epoll_ctl, epoll, what, fd, event);
    if (result == 0 && fd >= 0 && fd < DESCRIPTORS) {
        watched[fd].epoll = what == EPOLL_CTL_DEL ? 0 : epoll + 1;
        if (what != EPOLL_CTL_DEL)
            watched[fd].event = *event;
    }
    return result;
}

/* Calls that take or give bytes: SHORT lets one byte through. */
#define BYTES(kind, name, fd, parameters, arguments, shorter)                                      \
    EXPORT ssize_t name parameters {                                                               \
        REAL(ssize_t, #name, parameters);                                                          \
        int how = fate(kind, CALLER);                                                              \
        if (how == SHORT) {                                                                        \
            shorter;                                                                               \
            ssize_t result = real arguments;                                                       \
            arm_again(fd);                                                                         \
            return result;                                                                         \
        }                                                                                          \
        return how == PASS ? real arguments : fail(how, fd);                                       \
    }
#define ONE n = n ? 1 : 0
#define ONE_OF_VECTOR                                                                              \
    struct iovec one = first_byte(vector, (size_t)n);                                              \
    vector = &one, n = 1
#define ONE_OF_MESSAGE                                                                             \
    struct msghdr shortened = *message;                                                            \
    struct iovec one = first_byte(message->msg_iov, message->msg_iovlen);                          \
    shortened.msg_iov = &one, shortened.msg_iovlen = 1, message = &shortened

BYTES(RECV, recv, fd, (int fd, void *data, size_t n, int flags), (fd, data, n, flags), ONE)
BYTES(RECV, recvfrom, fd,
      (int fd, void *data, size_t n, int flags, struct sockaddr *a, socklen_t *length),
      (fd, data, n, flags, a, length), (void)n)
BYTES(RECV, recvmsg, fd, (int fd, struct msghdr *message, int flags), (fd, message, flags), (void)fd)
BYTES(SEND, send, fd, (int fd, const void *data, size_t n, int flags), (fd, data, n, flags), ONE)
BYTES(SEND, sendto, fd,
      (int fd, const void *data, size_t n, int flags, const struct sockaddr *a, socklen_t length),
      (fd, data, n, flags, a, length), (void)n)
BYTES(SEND, sendmsg, fd, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
      ONE_OF_MESSAGE)
BYTES(SENDFILE, sendfile, out, (int out, int in, off_t *offset, size_t n), (out, in, offset, n), ONE)
BYTES(SENDFILE, sendfile64, out, (int out, int in, off64_t *offset, size_t n), (out, in, offset, n), ONE)
BYTES(READ, read, fd, (int fd, void *data, size_t n), (fd, data, n), ONE)
BYTES(READ, readv, fd, (int fd, const struct iovec *vector, int n), (fd, vector, n), ONE_OF_VECTOR)
BYTES(WRITE, write, fd, (int fd, const void *data, size_t n), (fd, data, n), ONE)
BYTES(WRITE, writev, fd, (int fd, const struct iovec *vector, int n), (fd, vector, n), ONE_OF_VECTOR)

/* System calls made by number. */
EXPORT long syscall(long number, ...) {
    static long (*real)(long, ...);
    long a[6];
    int kind = -1, fd = -1, how = PASS;
    va_list given;
    if (real == NULL)
        real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    va_start(given, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(given, long);
    va_end(given);
    switch (number) {
    case SYS_sendto: case SYS_sendmsg: case SYS_sendmmsg: kind = SEND, fd = (int)a[0]; break;
    case SYS_recvfrom: case SYS_recvmsg: case SYS_recvmmsg: kind = RECV, fd = (int)a[0]; break;
    case SYS_read: case SYS_readv: kind = READ, fd = (int)a[0]; break;
    case SYS_write: case SYS_writev: kind = WRITE, fd = (int)a[0]; break;
    case SYS_epoll_pwait: case SYS_epoll_pwait2: kind = EPOLL_WAIT; break;
    case SYS_accept4: kind = ACCEPT, fd = (int)a[0]; break;
    case SYS_waitid: kind = WAIT; break;
#ifdef SYS_pidfd_open
    case SYS_pidfd_open: kind = PIDFD; break;
#endif
    default: break;
    }
    if (kind >= 0)
        how = fate(kind, CALLER);
    if (how == SHORT) {
        struct msghdr shortened;
        struct iovec one;
        struct sockaddr_storage ignored;
        int type = SOCK_STREAM;
        socklen_t size = sizeof ignored;
        if (kind == SEND || kind == RECV) { /* a datagram is whole or not at all */
            size = sizeof type;
            if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
                type = SOCK_STREAM;
        }
        if (type != SOCK_STREAM)
            ;
        else if (number == SYS_sendto || number == SYS_recvfrom || number == SYS_read
                 || number == SYS_write)
            a[2] = a[2] ? 1 : 0;
        else if (number == SYS_sendmsg) {
            shortened = *(struct msghdr *)a[1];
            one = first_byte(shortened.msg_iov, shortened.msg_iovlen);
            shortened.msg_iov = &one, shortened.msg_iovlen = 1;
            a[1] = (long)&shortened;
        } else if (number == SYS_writev || number == SYS_readv) {
            one = first_byte((struct iovec *)a[1], (size_t)a[2]);
            a[1] = (long)&one, a[2] = 1;
        }
        long result = real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (number != SYS_epoll_pwait)
            arm_again(fd);
        return result;
    }
    return how == PASS ? real(number, a[0], a[1], a[2], a[3], a[4], a[5]) : fail(how, fd);
}

/* Count the calls of this thread from now on. */
EXPORT void injector_join(void) {
    joined = 1;
}

EXPORT void injector_leave(void) {
    joined = 0;
}

/* Begin to count from 0; calls first..last, of a kind or (-1) of any, fail as `how` says. */
EXPORT void injector_plan_calls(long first, long last, int how, int kind) {
    atomic_store(&calls.count, 0);
    atomic_store(&calls.fired, 0);
    calls.first = first, calls.last = last, calls.how = how, calls.kind = kind;
}

EXPORT long injector_calls(void) {
    return atomic_load(&calls.count);
}

EXPORT int injector_calls_failed(void) {
    return atomic_load(&calls.fired);
}

EXPORT const uint8_t *injector_kinds(void) {
    return calls.kinds;
}

EXPORT const uint8_t *injector_own(void) {
    return calls.own;
}

EXPORT void injector_tell_where(int yes) {
    tell_where = yes;
    void *frames[4];
    backtrace(frames, 4); /* loads what it needs now */
}

/* ---- allocations ---- */

/* CPython's PyMemAllocatorEx. */
typedef struct {
    void *context;
    void *(*malloc)(void *, size_t);
    void *(*calloc)(void *, size_t, size_t);
    void *(*realloc)(void *, void *, size_t);
    void (*free)(void *, void *);
} allocator;

enum { DOMAINS = 3 };
static allocator before[DOMAINS];

static struct {
    _Atomic(long) count;
    long first, last;
    _Atomic(int) fired;
    int own_only;                /* from `first` on, only those fail that native code of trueloop made */
    int look;                    /* note which allocations native code of trueloop made */
    uint8_t own[1 << 20];
} allocations = {.first = -1, .last = -1};

/* Whether it is native code of trueloop that asks, through CPython's C functions but not by way of
 * Python code that it has called. */
static int is_owns_work(void) {
    void *frames[12];
    Dl_info info;
    int n = backtrace(frames, 12);
    for (int i = 2; i < n; i++) {
        if (is_own(frames[i]))
            return 1;
        if (dladdr(frames[i], &info) && info.dli_sname != NULL
            && (strstr(info.dli_sname, "_PyEval_EvalFrame") || strstr(info.dli_sname, "_PyFunction_")))
            return 0;
    }
    return 0;
}

static int is_refused(void) {
    if (!joined)
        return 0;
    long n = atomic_fetch_add(&allocations.count, 1);
    if (allocations.look && n < (long)sizeof allocations.own) {
        joined = 0;
        allocations.own[n] = (uint8_t)is_owns_work();
        joined = 1;
    }
    if (allocations.first < 0 || n < allocations.first)
        return 0;
    if (allocations.own_only) { /* threads and clocks move the numbers: which one it is now, counts */
        if (atomic_load(&allocations.fired) > allocations.last - allocations.first)
            return 0;
        joined = 0;
        int own = is_owns_work();
        joined = 1;
        if (!own)
            return 0;
    } else if (n > allocations.last)
        return 0;
    if (atomic_fetch_add(&allocations.fired, 1) == 0 && tell_where) {
        joined = 0;
        tell_stacks("--- the allocation that fails\n");
        joined = 1;
    }
    return 1;
}

static void *refusing_malloc(void *context, size_t size) {
    allocator *to = context;
    return is_refused() ? NULL : to->malloc(to->context, size);
}

static void *refusing_calloc(void *context, size_t n, size_t size) {
    allocator *to = context;
    return is_refused() ? NULL : to->calloc(to->context, n, size);
}

static void *refusing_realloc(void *context, void *memory, size_t size) {
    allocator *to = context;
    return is_refused() ? NULL : to->realloc(to->context, memory, size);
}

static void passing_free(void *context, void *memory) {
    allocator *to = context;
    to->free(to->context, memory);
}

/* Stand between CPython and its allocators, for the rest of the process. */
EXPORT int injector_take_allocators(void) {
    typedef void (*access)(int, allocator *);
    access get = (access)dlsym(RTLD_DEFAULT, "PyMem_GetAllocator");
    access set = (access)dlsym(RTLD_DEFAULT, "PyMem_SetAllocator");
    if (get == NULL || set == NULL)
        return -1;
    for (int domain = 0; domain < DOMAINS; domain++) {
        get(domain, &before[domain]);
        allocator refusing = {&before[domain], refusing_malloc, refusing_calloc, refusing_realloc,
                              passing_free};
        set(domain, &refusing);
    }
    return 0;
}

/* Begin to count from 0; allocations first..last fail, or so many of trueloop's own from `first` on. */
EXPORT void injector_plan_allocations(long first, long last, int own_only, int look) {
    atomic_store(&allocations.count, 0);
    atomic_store(&allocations.fired, 0);
    allocations.first = first, allocations.last = last;
    allocations.own_only = own_only, allocations.look = look;
}

EXPORT long injector_allocations(void) {
    return atomic_load(&allocations.count);
}

EXPORT int injector_allocations_failed(void) {
    return atomic_load(&allocations.fired);
}

EXPORT const uint8_t *injector_own_allocations(void) {
    return allocations.own;
}
