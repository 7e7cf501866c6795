/* A clock cheap enough to be read once per step.
 *
 * On x86-64 the time stamp counter, if the kernel itself trusts it (constant and non-stop); on
 * AArch64 the virtual counter, which the architecture guarantees; elsewhere CLOCK_MONOTONIC in
 * nanoseconds, at three to five times the price. One tick has no fixed length: see clock.pyx.
 */
#ifndef TL_TICKS_H
#define TL_TICKS_H

#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

static inline uint64_t tl_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Ticks now; `counter` says whether the hardware counter may be trusted. */
static inline uint64_t tl_ticks(int counter) {
#if defined(__x86_64__)
    if (__builtin_expect(counter, 1))
        return __rdtsc();
#elif defined(__aarch64__)
    if (__builtin_expect(counter, 1)) {
        uint64_t t;
        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(t));
        return t;
    }
#endif
    (void)counter;
    return tl_monotonic_ns();
}

#endif
