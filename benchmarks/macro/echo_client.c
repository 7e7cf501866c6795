/* The load generator: keeps one message in flight on each of its connections.
 *
 *     echo_client TARGET CONTROL_PORT CONNECTIONS BYTES WARM_UP SOURCES
 *
 * It connects, exchanges WARM_UP messages over every connection and compares every byte, then
 * says 'R' (ready) over a connection to CONTROL_PORT. Each command it reads there is a line with a
 * number: exchange so many messages in all, say 'D' (done) when the last answer is complete and
 * every connection is idle again. Zero, or the end of the control connection, ends the program.
 *
 * What TARGET may be, and what SOURCES are, is in connecting.h. Written in C because it shares the CPU with the server it loads: what
 * it costs blurs what is measured.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "connecting.h"

enum { EVENTS = 512, RECEIVE = 1 << 18 };

struct connection {
    int fd;
    unsigned number;       /* which connection, part of its message */
    unsigned messages;     /* sent so far, part of its message */
    size_t written;        /* bytes of the current message that have left */
    size_t received;       /* bytes of its answer that have come */
    int in_flight;         /* whether an answer is due */
    int wants_write;       /* whether epoll is asked for room to write */
};

static struct connection *connections;
static unsigned connection_count;
static size_t message_bytes;
static char *message;
static char receive_buffer[RECEIVE];
static int poller;
static int comparing = 1;
static unsigned long to_send, to_receive;

/* Byte `at` of the message that a connection has in flight: a line, for servers that read lines. */
static unsigned char byte_of(const struct connection *c, size_t at)
{
    unsigned char byte = (unsigned char)(at * 31 + c->number * 7 + c->messages * 13 + (at >> 8));
    if (at == message_bytes - 1)
        return '\n';
    return byte == '\n' ? '\v' : byte;
}

static void watch(struct connection *c, int wants_write)
{
    struct epoll_event event = {EPOLLIN | (wants_write ? EPOLLOUT : 0), {.ptr = c}};
    if (epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event) < 0)
        fail("epoll_ctl");
    c->wants_write = wants_write;
}

static void go_on_writing(struct connection *c)
{
    if (comparing)
        for (size_t at = c->written; at < message_bytes; at++)
            message[at] = (char)byte_of(c, at);
    while (c->written < message_bytes) {
        ssize_t sent = send(c->fd, message + c->written, message_bytes - c->written,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno != EAGAIN)
                fail("send");
            if (!c->wants_write)
                watch(c, 1);
            return;
        }
        c->written += (size_t)sent;
    }
    if (c->wants_write)
        watch(c, 0);
}

static void begin_message(struct connection *c)
{
    to_send--;
    c->messages++;
    c->written = c->received = 0;
    c->in_flight = 1;
    go_on_writing(c);
}

static void receive(struct connection *c)
{
    ssize_t got = recv(c->fd, receive_buffer, sizeof receive_buffer, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got < 0)
        fail("recv");
    if (got == 0 || !c->in_flight || c->received + (size_t)got > message_bytes) {
        fprintf(stderr, "echo_client: connection %u: %s\n", c->number,
                got == 0 ? "closed by the server" : "bytes that were never sent");
        exit(1);
    }
    if (comparing)
        for (ssize_t at = 0; at < got; at++)
            if ((unsigned char)receive_buffer[at] != byte_of(c, c->received + (size_t)at)) {
                fprintf(stderr, "echo_client: connection %u: wrong byte at %zu of message %u\n",
                        c->number, c->received + (size_t)at, c->messages);
                exit(1);
            }
    c->received += (size_t)got;
    if (c->received < message_bytes)
        return;
    c->in_flight = 0;
    to_receive--;
    if (to_send)
        begin_message(c);
}

static void exchange(unsigned long count)
{
    struct epoll_event events[EVENTS];
    to_send = to_receive = count;
    for (unsigned i = 0; i < connection_count && to_send; i++)
        begin_message(&connections[i]);
    while (to_receive) {
        int ready = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT)
                go_on_writing(c);
            if (events[i].events & ~(unsigned)EPOLLOUT)
                receive(c);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "echo_client: expected six arguments\n");
        return 2;
    }
    connection_count = (unsigned)atoi(argv[3]);
    message_bytes = (size_t)atol(argv[4]);
    unsigned long warm_up = strtoul(argv[5], NULL, 10);
    unsigned sources = (unsigned)atoi(argv[6]);

    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    connections = calloc(connection_count, sizeof *connections);
    message = calloc(1, message_bytes);
    poller = epoll_create1(EPOLL_CLOEXEC);
    int control = connect_to(argv[2], 0);
    FILE *commands = fdopen(control, "r");
    if (!connections || !message || poller < 0 || !commands)
        fail("start");
    for (unsigned i = 0; i < connection_count; i++) {
        struct connection *c = &connections[i];
        struct epoll_event event = {EPOLLIN, {.ptr = c}};
        c->number = i;
        c->fd = connect_to(argv[1], i % sources);
        if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) < 0)
            fail("epoll_ctl");
    }
    exchange(warm_up * connection_count);
    comparing = 0;

    unsigned long count;
    char answer = 'R';
    while (send(control, &answer, 1, MSG_NOSIGNAL) == 1 && fscanf(commands, "%lu", &count) == 1 &&
           count > 0) {
        exchange(count);
        answer = 'D';
    }
    return 0;
}
