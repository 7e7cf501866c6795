/* Each loop's beat, and what the watch thread does about it.
 *
 * Law: decides when a step is suspicious, when to look at its stack, and when to say so while it
 * still lasts. Records are shared with the loops' threads and guarded by the lock of lock.h;
 * everything else here belongs to the watch thread.
 */
#ifndef TL_BEATS_H
#define TL_BEATS_H

#include <stdbool.h>
#include <stdint.h>

#include "beat.h"
#include "stall.h"

typedef struct tl_tally { /* what the watch has done since it started */
    uint64_t rounds, looks, failed_looks;
    uint64_t looking_ns; /* processor time spent reading stacks */
} tl_tally;

/* Forget all records and take the clock: `counter` as for tl_ticks(). */
void tl_beats_open(const _Atomic(tl_beat *) *head, double ticks_per_s, int counter);
void tl_beats_close(void);

/* In a forked child: the steps that were running in the parent go on nowhere. Leave them alone. */
void tl_beats_inherit(void);

/* Look at every loop once. `late` is by how many ticks this round comes too late. Answers after how
 * many nanoseconds to come again. */
uint64_t tl_beats_round(uint64_t late);

/* Hand over what was recorded of the step of `beat` that began at `since`, and forget it; NULL if
 * nothing was. `overdue` is by how many ticks the next round is late at this moment: if it is, even
 * an empty record says something. The caller holds the lock, and frees what it gets. */
tl_stall *tl_beats_take(const tl_beat *beat, uint64_t since, uint64_t overdue);

/* For how long of the time that is recorded in `stall` the process was stopped, or the thread
 * starved (the larger: one may be within the other). */
double tl_beats_lost_s(const tl_stall *stall, const tl_schedule *spent);

uint64_t tl_beats_now(void);              /* ticks */
double tl_beats_seconds(uint64_t ticks);  /* their length */
tl_tally tl_beats_tally(void);

#endif
