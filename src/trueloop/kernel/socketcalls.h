/* System calls on sockets, and the bytes object they read into.
 *
 * Law: thin, errno as the kernel left it, never blocks.
 *
 * glibc's send(), recv() and epoll_wait() are cancellation points: in a process with a second thread
 * (the watch thread is one) each call brackets itself with atomic operations. Nobody cancels our
 * threads, so the calls are made without that.
 */
#ifndef TL_SOCKETCALLS_H
#define TL_SOCKETCALLS_H

#include <Python.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static inline ssize_t tl_send(int fd, const void *data, size_t size) {
    return syscall(SYS_sendto, fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
}

static inline ssize_t tl_sendto(int fd, const void *data, size_t size, const void *address,
                                socklen_t address_size) {
    return syscall(SYS_sendto, fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT, address, address_size);
}

static inline ssize_t tl_sendmsg(int fd, const struct msghdr *message) {
    return syscall(SYS_sendmsg, fd, message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static inline ssize_t tl_recv(int fd, void *buffer, size_t size) {
    return syscall(SYS_recvfrom, fd, buffer, size, MSG_DONTWAIT, NULL, NULL);
}

static inline int tl_epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms) {
    return (int)syscall(SYS_epoll_pwait, epoll, events, most, timeout_ms, NULL, 0);
}

/* A bytes object with a copy of `data`. A server mostly receives messages that it has let go of
 * before the next one comes, or when it has come: if nobody else holds one of the last two bytes objects
 * any more and the next one is as long, that is filled again. No one can tell; malloc and free of
 * something just too big for Python's own allocator cost more than the copy. Longer ones are not worth
 * keeping. */
static inline PyObject *tl_received_bytes(const char *data, Py_ssize_t size) {
#ifndef Py_GIL_DISABLED
    static PyObject *last[2];
    if (size > 480 && size <= 16384) {
        PyObject *found = last[0];
        if (found == NULL || Py_REFCNT(found) != 1 || PyBytes_GET_SIZE(found) != size) {
            found = last[1];
            last[1] = last[0];
            last[0] = found;
        }
        if (found == NULL || Py_REFCNT(found) != 1 || PyBytes_GET_SIZE(found) != size) {
            Py_XSETREF(last[0], PyBytes_FromStringAndSize(NULL, size));
            found = last[0];
            if (found == NULL)
                return NULL;
        }
        memcpy(PyBytes_AS_STRING(found), data, (size_t)size);
_Py_COMP_DIAG_PUSH
_Py_COMP_DIAG_IGNORE_DEPR_DECLS
        ((PyBytesObject *)found)->ob_shash = -1;
_Py_COMP_DIAG_POP
        return Py_NewRef(found);
    }
#endif
    return PyBytes_FromStringAndSize(data, size);
}

#endif
