/* An echo server in C: what is left when there is no Python at all. `kernel LISTENING_FD` */
#define _GNU_SOURCE
#include "serving.h"

static void opened(struct connection *c)
{
    (void)c;
}

static void received(struct connection *c, const char *data, size_t size)
{
    put(c, data, size);
}

static void lost(struct connection *c)
{
    (void)c;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    serve(atoi(argv[1]));
}
