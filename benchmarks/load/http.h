/* The little of HTTP that a load generator needs: one request, and where an answer to it ends. */
#ifndef HTTP_H
#define HTTP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char http_request[] =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n";

enum { HTTP_HEAD = 4096 };

/* What has come of an answer's head; `text` always ends in a zero. */
struct http_head {
    size_t length;
    char text[HTTP_HEAD];
};

/* Take more of an answer; the size of all of it, or 0 as long as its head is not complete. */
static size_t http_size(struct http_head *head, const char *data, size_t size)
{
    size_t room = HTTP_HEAD - 1 - head->length;
    if (size < room)
        room = size;
    memcpy(head->text + head->length, data, room);
    head->length += room;
    head->text[head->length] = 0;
    char *end = strstr(head->text, "\r\n\r\n");
    if (!end && head->length < HTTP_HEAD - 1)
        return 0;
    char *length = end ? strcasestr(head->text, "\r\ncontent-length:") : NULL;
    if (!length || length > end || strncmp(head->text, "HTTP/1.1 200 ", 13)) {
        fprintf(stderr, "load generator: not the answer that was hoped for:\n%s\n", head->text);
        exit(1);
    }
    return (size_t)(end + 4 - head->text) + strtoul(length + 17, NULL, 10);
}

#endif
