/* Sockets for load generators, each connected to what a word on the command line names.
 *
 *     PORT         TCP on 127.0.0.1
 *     tls:PORT     the same; that it is encrypted is another's business (encrypting.h)
 *     udp:PORT     UDP on 127.0.0.1; such a socket is connected, too, so send() and recv() do
 *     unix:PATH    a Unix stream socket
 *
 * Internet sockets come from 127.0.0.1 onwards, one address up for each `source`, so that the number
 * of ports of one address is no limit.
 */
#ifndef CONNECTING_H
#define CONNECTING_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static void fail(const char *what)
{
    fprintf(stderr, "load generator: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int connect_by_path(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail("socket");
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        fail("connect");
    return fd;
}

static int connect_to(const char *target, unsigned source)
{
    if (!strncmp(target, "unix:", 5))
        return connect_by_path(target + 5);
    int datagrams = !strncmp(target, "udp:", 4), one = 1;
    int port = atoi(datagrams || !strncmp(target, "tls:", 4) ? target + 4 : target);
    int fd = socket(AF_INET, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK + source)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((unsigned short)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0)
        fail("socket");
    if (!datagrams) {
        /* The port is then chosen at connect, when the whole address pair has to be unique. */
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    if (bind(fd, (struct sockaddr *)&from, sizeof from) < 0)
        fail("bind");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        fail("connect");
    return fd;
}

#endif
