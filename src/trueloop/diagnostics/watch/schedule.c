#define _GNU_SOURCE
#include "schedule.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

bool tl_schedule_read(tl_schedule *schedule, int tid) {
    char path[64], text[128];
    if (tid <= 0)
        return false;
    snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0)
        return false;
    text[size] = '\0';
    /* Running time, waiting time (both ns), number of time slices. */
    return sscanf(text, "%" SCNu64 " %" SCNu64, &schedule->ran_ns, &schedule->waited_ns) == 2;
}
