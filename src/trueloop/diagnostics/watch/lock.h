/* The one lock of the watch: it guards what the watch thread shares with the loops' threads.
 *
 * Law: held for microseconds, never while waiting for anything, and never while asking for the GIL.
 */
#ifndef TL_LOCK_H
#define TL_LOCK_H

#include <stdbool.h>
#include <stdint.h>

void tl_lock(void);
void tl_unlock(void);

/* A new, free lock: in a forked child the old one may be held by a thread that is no more. */
void tl_lock_renew(void);

/* Holding the lock, which others get meanwhile: wait until tl_lock_wake(), but at most `ns`
 * nanoseconds of CLOCK_MONOTONIC. */
void tl_lock_wait(uint64_t ns);
void tl_lock_wake(void);

#endif
