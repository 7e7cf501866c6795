/* What stands between a load generator's socket and its messages: nothing, or with ENCRYPTED defined
 * TLS by OpenSSL.
 *
 * A channel sends and receives as send() and recv() do without waiting: bytes, 0 at the end, or -1
 * with errno, EAGAIN when the socket has no room or nothing to give. TLS takes in whole what has
 * arrived, so epoll may be silent while it still holds something: ask channel_holds_more(). The
 * certificate is not looked at: every byte is compared anyway.
 */
#ifndef ENCRYPTING_H
#define ENCRYPTING_H

#include <errno.h>
#include <sys/socket.h>

#ifdef ENCRYPTED
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

struct channel {
    SSL *tls;
};

static ssize_t channel_result(struct channel *c, int n)
{
    if (n > 0)
        return n;
    switch (SSL_get_error(c->tls, n)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        ERR_print_errors_fp(stderr);
        errno = EPROTO;
        return -1;
    }
}

static void channel_open(struct channel *c, int fd)
{
    static SSL_CTX *context;
    if (!context) {
        context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE);
        SSL_CTX_set_read_ahead(context, 1);
    }
    c->tls = SSL_new(context);
    SSL_set_fd(c->tls, fd);
    if (SSL_connect(c->tls) != 1) {
        ERR_print_errors_fp(stderr);
        exit(1);
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static ssize_t channel_send(struct channel *c, int fd, const void *data, size_t size)
{
    (void)fd;
    return channel_result(c, SSL_write(c->tls, data, (int)size));
}

static ssize_t channel_recv(struct channel *c, int fd, void *data, size_t size)
{
    (void)fd;
    return channel_result(c, SSL_read(c->tls, data, (int)size));
}

static int channel_holds_more(struct channel *c)
{
    return SSL_has_pending(c->tls);
}

#else

struct channel {
};

static void channel_open(struct channel *c, int fd)
{
    (void)c, (void)fd;
}

static ssize_t channel_send(struct channel *c, int fd, const void *data, size_t size)
{
    (void)c;
    return send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static ssize_t channel_recv(struct channel *c, int fd, void *data, size_t size)
{
    (void)c;
    return recv(fd, data, size, MSG_DONTWAIT);
}

static int channel_holds_more(struct channel *c)
{
    (void)c;
    return 0;
}

#endif
#endif
