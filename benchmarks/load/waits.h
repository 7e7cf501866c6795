/* How long answers took: kept while messages are exchanged, and summed up afterwards. */
#ifndef WAITS_H
#define WAITS_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum { WAITS_KEPT = 1 << 18 };

static uint32_t waits[WAITS_KEPT]; /* nanoseconds; the first of an exchange, should it be long */
static size_t wait_count;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void keep_wait(uint64_t ns)
{
    if (wait_count < WAITS_KEPT)
        waits[wait_count++] = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
}

static int compare_waits(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void sort_waits(void)
{
    qsort(waits, wait_count, sizeof *waits, compare_waits);
}

/* The smallest wait that so many percent of all do not exceed, once they are sorted. */
static uint32_t wait_percentile(unsigned percent)
{
    return wait_count ? waits[(wait_count * percent + 99) / 100 - 1] : 0;
}

#endif
