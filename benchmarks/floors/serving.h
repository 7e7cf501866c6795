/* A server's loop with nothing in it that is not needed: epoll, recv(), send().
 *
 * Who includes it says what happens with a connection: opened(), received(), lost(). put() sends, and
 * keeps what the socket has no room for.
 */
#ifndef SERVING_H
#define SERVING_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, RECEIVE = 1 << 18 };

struct connection {
    int fd;
    char *kept; /* what could not be sent yet */
    size_t kept_size;
    void *state; /* of who includes this */
};

static void opened(struct connection *c);
static void received(struct connection *c, const char *data, size_t size);
static void lost(struct connection *c);

static int poller;
static char receive_buffer[RECEIVE];

static void fail(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void watch(int operation, int fd, struct connection *c, unsigned events)
{
    struct epoll_event event = {events, {.ptr = c}};
    if (epoll_ctl(poller, operation, fd, &event) < 0)
        fail("epoll_ctl");
}

/* Send what the socket takes; how much that is. */
static size_t send_some(struct connection *c, const char *data, size_t size)
{
    ssize_t sent = send(c->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : (size_t)sent; /* a connection that broke is noticed when it is read */
}

static void put(struct connection *c, const char *data, size_t size)
{
    size_t sent = c->kept_size ? 0 : send_some(c, data, size);
    if (sent == size)
        return;
    if (!(c->kept = realloc(c->kept, c->kept_size + size - sent)))
        fail("realloc");
    memcpy(c->kept + c->kept_size, data + sent, size - sent);
    if (!c->kept_size)
        watch(EPOLL_CTL_MOD, c->fd, c, EPOLLIN | EPOLLOUT);
    c->kept_size += size - sent;
}

static void go_on_sending(struct connection *c)
{
    size_t sent = send_some(c, c->kept, c->kept_size);
    c->kept_size -= sent;
    memmove(c->kept, c->kept + sent, c->kept_size);
    if (!c->kept_size)
        watch(EPOLL_CTL_MOD, c->fd, c, EPOLLIN);
}

static void accept_one(int listening)
{
    int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* refused by Unix sockets */
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
        fail("calloc");
    c->fd = fd;
    watch(EPOLL_CTL_ADD, fd, c, EPOLLIN);
    opened(c);
}

static void receive(struct connection *c)
{
    ssize_t got = recv(c->fd, receive_buffer, RECEIVE, MSG_DONTWAIT);
    if (got > 0)
        return received(c, receive_buffer, (size_t)got);
    if (got < 0 && errno == EAGAIN)
        return;
    lost(c);
    close(c->fd);
    free(c->kept);
    free(c);
}

/* Serve until the process is ended. */
static void serve(int listening)
{
    struct epoll_event events[EVENTS];
    if ((poller = epoll_create1(EPOLL_CLOEXEC)) < 0)
        fail("epoll_create1");
    watch(EPOLL_CTL_ADD, listening, NULL, EPOLLIN);
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                accept_one(listening);
                continue;
            }
            if (events[i].events & EPOLLOUT)
                go_on_sending(c);
            if (events[i].events & ~(unsigned)EPOLLOUT)
                receive(c);
        }
    }
}

#endif
