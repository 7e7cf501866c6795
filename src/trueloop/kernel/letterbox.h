/* Letterbox: room for the datagrams that one system call brings.
 *
 * Law: memory and recvmmsg(); knows neither Python nor what an address means. It is emptied before
 * the next call. Of each place only as much is ever touched as has arrived there.
 */
#ifndef TL_LETTERBOX_H
#define TL_LETTERBOX_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    TL_DATAGRAMS = 16,
    TL_DATAGRAM_SIZE = 64 * 1024, /* of the Internet's none is longer */
};

typedef struct {
    struct mmsghdr headers[TL_DATAGRAMS];
    struct iovec vectors[TL_DATAGRAMS];
    struct sockaddr_storage senders[TL_DATAGRAMS];
    size_t size; /* of a place, as it was prepared for; 0: not prepared yet */
    int came;    /* in the last call: their headers are not as prepared any more */
    char places[TL_DATAGRAMS][TL_DATAGRAM_SIZE];
} tl_letterbox;

static inline void tl_prepare_letterbox(tl_letterbox *box, size_t size) {
    memset(box->headers, 0, sizeof box->headers);
    for (int i = 0; i < TL_DATAGRAMS; i++) {
        box->vectors[i].iov_base = box->places[i];
        box->vectors[i].iov_len = size;
        box->headers[i].msg_hdr.msg_iov = &box->vectors[i];
        box->headers[i].msg_hdr.msg_iovlen = 1;
        box->headers[i].msg_hdr.msg_name = &box->senders[i];
        box->headers[i].msg_hdr.msg_namelen = sizeof box->senders[i];
    }
    box->size = size;
    box->came = 0;
}

/* How many came, cut off at `size` bytes each; -1 with errno set if none could. */
static inline int tl_receive_datagrams(int fd, tl_letterbox *box, size_t size) {
    if (size > TL_DATAGRAM_SIZE)
        size = TL_DATAGRAM_SIZE;
    if (size != box->size)
        tl_prepare_letterbox(box, size);
    for (int i = 0; i < box->came; i++)
        box->headers[i].msg_hdr.msg_namelen = sizeof box->senders[i];
    box->came = 0;
    int came = (int)syscall(SYS_recvmmsg, fd, box->headers, TL_DATAGRAMS, MSG_DONTWAIT, NULL);
    if (came > 0)
        box->came = came;
    return came;
}

static inline const char *tl_datagram(const tl_letterbox *box, int i) {
    return box->places[i];
}

static inline ssize_t tl_datagram_size(const tl_letterbox *box, int i) {
    return (ssize_t)box->headers[i].msg_len;
}

static inline const struct sockaddr *tl_datagram_sender(const tl_letterbox *box, int i,
                                                        socklen_t *size) {
    *size = box->headers[i].msg_hdr.msg_namelen;
    return (const struct sockaddr *)&box->senders[i];
}

#endif
