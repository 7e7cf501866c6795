#define _GNU_SOURCE
#include "schedule.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
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

/* The clock of another thread, as the kernel numbers them: pthread_getcpuclockid() knows only
 * threads by their pthread_t. */
#define PER_THREAD 4
#define SCHEDULED 2

uint64_t tl_schedule_ran_ns(int tid) {
    struct timespec ran;
    clockid_t clock = (clockid_t)(~(unsigned)tid << 3) | PER_THREAD | SCHEDULED;
    if (tid <= 0 || clock_gettime(clock, &ran) != 0)
        return 0;
    return (uint64_t)ran.tv_sec * 1000000000u + (uint64_t)ran.tv_nsec;
}

/* The argument of sched_setattr(2), which old C libraries do not declare. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t slice_ns, deadline_ns, period_ns;
};

#define NICE (-10)
#define SHORTEST_SLICE_NS 100000

void tl_schedule_promptly(void) {
    if (sched_getscheduler(0) != SCHED_OTHER)
        return; /* the program has its own plan for its threads */
    /* A short slice brings a near deadline (Linux 6.12; ignored before); it is free for all, a
     * better nice value takes a privilege. */
    struct attributes wanted = {.size = sizeof wanted, .nice = NICE, .slice_ns = SHORTEST_SLICE_NS};
    if (syscall(SYS_sched_setattr, 0, &wanted, 0) == 0)
        return;
    wanted.nice = getpriority(PRIO_PROCESS, 0);
    syscall(SYS_sched_setattr, 0, &wanted, 0);
}
