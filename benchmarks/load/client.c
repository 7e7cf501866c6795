/* The load generator: keeps one message in flight on each of its connections.
 *
 *     client TARGET CONTROL_PORT CONNECTIONS MESSAGE WARM_UP SOURCES
 *
 * MESSAGE is a size in bytes, for a server that echoes, or "http". The client connects, exchanges
 * WARM_UP messages over every connection, compares every byte of an echo, and says 'R' (ready) on a
 * line of its own over a connection to CONTROL_PORT. Each command it reads there is a line with a
 * number: exchange so many messages in all, say 'D' (done) when the last answer is complete and every
 * connection is idle again, and in how many nanoseconds 50 and 99 percent of the answers had come.
 * Zero, or the end of the control connection, ends the program.
 *
 * What TARGET may be, and what SOURCES are, is in connecting.h. Written in C because it shares the
 * CPU with the server it loads: what it costs blurs what is measured.
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
#include "encrypting.h"
#include "http.h"
#include "waits.h"

enum { EVENTS = 512, RECEIVE = 1 << 18 };

struct connection {
    int fd;
    unsigned number;       /* which connection, part of its message */
    unsigned messages;     /* sent so far, part of its message */
    size_t written;        /* bytes of the current message that have left */
    size_t received;       /* bytes of its answer that have come */
    size_t expected;       /* bytes of its answer, 0 as long as that is not known */
    uint64_t sent_ns;      /* when the message was begun */
    struct http_head *head; /* of the answer, where HTTP is spoken */
    int in_flight;         /* whether an answer is due */
    int wants_write;       /* whether epoll is asked for room to write */
    struct channel channel; /* what stands between the socket and the message */
};

static struct connection *connections;
static unsigned connection_count;
static size_t message_bytes;
static char *message;
static int speaking_http;
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
    if (comparing && !speaking_http)
        for (size_t at = c->written; at < message_bytes; at++)
            message[at] = (char)byte_of(c, at);
    while (c->written < message_bytes) {
        ssize_t sent = channel_send(&c->channel, c->fd, message + c->written,
                                    message_bytes - c->written);
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
    c->expected = speaking_http ? 0 : message_bytes;
    if (speaking_http)
        c->head->length = 0;
    c->in_flight = 1;
    c->sent_ns = now_ns();
    go_on_writing(c);
}

static void refuse(const struct connection *c, const char *what)
{
    fprintf(stderr, "load generator: connection %u: %s, at byte %zu of answer %u\n", c->number, what,
            c->received, c->messages);
    exit(1);
}

/* Take what has come, at most a buffer full; whether anything had. */
static int receive(struct connection *c)
{
    ssize_t got = channel_recv(&c->channel, c->fd, receive_buffer, sizeof receive_buffer);
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got < 0)
        fail("recv");
    if (got == 0 || !c->in_flight)
        refuse(c, got == 0 ? "closed by the server" : "bytes that were never asked for");
    if (!c->expected)
        c->expected = http_size(c->head, receive_buffer, (size_t)got);
    if (c->expected && c->received + (size_t)got > c->expected)
        refuse(c, "more bytes than the answer has");
    if (comparing && !speaking_http)
        for (ssize_t at = 0; at < got; at++)
            if ((unsigned char)receive_buffer[at] != byte_of(c, c->received + (size_t)at))
                refuse(c, "a wrong byte");
    c->received += (size_t)got;
    if (!c->expected || c->received < c->expected)
        return 1;
    keep_wait(now_ns() - c->sent_ns);
    c->in_flight = 0;
    to_receive--;
    if (to_send)
        begin_message(c);
    return 1;
}

static void exchange(unsigned long count)
{
    struct epoll_event events[EVENTS];
    to_send = to_receive = count;
    wait_count = 0;
    for (unsigned i = 0; i < connection_count && to_send; i++)
        begin_message(&connections[i]);
    while (to_receive) {
        int ready = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT)
                go_on_writing(c);
            if (events[i].events & ~(unsigned)EPOLLOUT)
                while (receive(c) && channel_holds_more(&c->channel))
                    ;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "load generator: expected six arguments\n");
        return 2;
    }
    connection_count = (unsigned)atoi(argv[3]);
    speaking_http = !strcmp(argv[4], "http");
    message_bytes = speaking_http ? sizeof http_request - 1 : (size_t)atol(argv[4]);
    unsigned long warm_up = strtoul(argv[5], NULL, 10);
    unsigned sources = (unsigned)atoi(argv[6]);

    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    connections = calloc(connection_count, sizeof *connections);
    message = calloc(1, message_bytes);
    if (message && speaking_http)
        memcpy(message, http_request, message_bytes);
    poller = epoll_create1(EPOLL_CLOEXEC);
    int control = connect_to(argv[2], 0);
    FILE *commands = fdopen(control, "r");
    if (!connections || !message || poller < 0 || !commands)
        fail("start");
    for (unsigned i = 0; i < connection_count; i++) {
        struct connection *c = &connections[i];
        struct epoll_event event = {EPOLLIN, {.ptr = c}};
        c->number = i;
        c->head = speaking_http ? calloc(1, sizeof *c->head) : NULL;
        c->fd = connect_to(argv[1], i % sources);
        channel_open(&c->channel, c->fd);
        if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) < 0)
            fail("epoll_ctl");
    }
    exchange(warm_up * connection_count);
    comparing = 0;

    unsigned long count;
    dprintf(control, "R\n");
    while (fscanf(commands, "%lu", &count) == 1 && count > 0) {
        exchange(count);
        sort_waits();
        dprintf(control, "D %u %u\n", wait_percentile(50), wait_percentile(99));
    }
    return 0;
}
