/* One step, or one pass over the ready queue, that the watch has its eye on.
 *
 * Law: keeps the account of what was seen of it; does not decide when to look. What loops' threads
 * may ask for is guarded by the lock of lock.h, the rest belongs to the watch thread.
 */
#ifndef TL_FOLLOWED_H
#define TL_FOLLOWED_H

#include <stdbool.h>
#include <stdint.h>

#include "stall.h"

typedef struct tl_followed {
    _Atomic(uint64_t) since; /* ticks at which it began, as of the last round; 0: there is none */
    _Atomic(uint64_t) late;  /* ticks the watch was late during it */
    uint64_t taken;          /* the last one that was asked for; under the lock */
    uint64_t measured_at;
    tl_schedule before; /* read at measured_at, if that is not 0 */
    bool measured;      /* the attempt to read it was made */
    uint64_t asked_at;  /* up to when is known what the thread was at: */
    tl_seen seen;       /* all answers; under the lock */
    uint64_t ran;       /* ticks the thread had run by then; 0: unknown */
    uint64_t starved;   /* ticks in which it was ready, and did not run, as far as was seen */
    uint64_t next_look, interval; /* ticks */
    tl_stall *stall; /* of the latest suspicious one, until taken; under the lock */
} tl_followed;

/* Another one has begun. */
void tl_followed_turn(tl_followed *f, uint64_t since);

/* Read how long the thread has run and waited so far, the first time. */
void tl_followed_measure(tl_followed *f, int tid, uint64_t now);

/* At `now` the thread was at this, and had run for `ran` ticks altogether (0: unknown): that counts
 * for the time since the last answer. `holder` is the stack of the other thread that has the GIL;
 * NULL: none is known. */
void tl_followed_charge(tl_followed *f, uint64_t now, const tl_activity *activity, uint64_t ran,
                        const tl_stack *holder);

/* The record of what is being followed; NULL without memory. The caller holds the lock. */
tl_stall *tl_followed_record(tl_followed *f);

/* Hand over, and forget, what was recorded of the one that began at `since`; an empty record if it
 * was noticed at all, or might have been, since the next round is `overdue` ticks late at `now`;
 * else NULL. The caller holds the lock, and frees what it gets. */
tl_stall *tl_followed_take(tl_followed *f, uint64_t since, uint64_t overdue, uint64_t now);

#endif
