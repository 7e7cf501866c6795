/* Each loop's beat, and what the watch thread does about it.
 *
 * Law: decides when a step, or a whole pass, is suspicious, when to look at its stack, and when to say so while it
 * still lasts. Records are shared with the loops' threads and guarded by the lock of lock.h;
 * everything else here belongs to the watch thread. Nothing rests on the GIL.
 */
#ifndef TL_BEATS_H
#define TL_BEATS_H

#include <stdbool.h>
#include <stdint.h>

#include "beat.h"
#include "stall.h"

typedef struct tl_tally { /* what the watch has done since it started; read at any time */
    _Atomic(uint64_t) rounds, looks, failed_looks;
    _Atomic(uint64_t) looking_ns; /* processor time spent reading stacks */
} tl_tally;

typedef enum tl_stacks { /* how to look at the stack of a step */
    TL_STACKS_NONE,
    TL_STACKS_POLITE, /* through a Python thread: see polite.h */
    TL_STACKS_NATIVE,
} tl_stacks;

/* Take the clock: `counter` as for tl_ticks(). */
void tl_beats_open(const _Atomic(tl_beat *) *head, double ticks_per_s, int counter,
                   tl_stacks stacks);

/* Forget all records. The caller holds the lock. */
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

/* Likewise of the pass over the ready queue that began at `since`. Only the native watch follows
 * passes. */
tl_stall *tl_beats_take_pass(const tl_beat *beat, uint64_t since, uint64_t overdue);

typedef struct tl_wanted { /* a polite look at a stack */
    tl_beat *beat;
    uint64_t since;  /* of the step; 0: none is wanted */
    uint64_t at;     /* ticks: since when it is wanted */
    uint64_t ran_ns; /* how long the thread had run by then; 0: unknown */
} tl_wanted;

/* The next look that is wanted, each once: false if there is none. And the answer, which is dropped
 * if the step is over; before it came, another thread than the loop's kept the GIL for so many
 * ticks. The caller holds the lock. */
bool tl_beats_wanted(tl_wanted *look);
void tl_beats_answer(const tl_wanted *look, const tl_stack *stack, uint64_t locked_out);

/* For how long of the time that is recorded in `stall` the process was stopped, or the thread
 * starved (the larger: one may be within the other). */
double tl_beats_lost_s(const tl_stall *stall, const tl_schedule *spent);

uint64_t tl_beats_now(void);              /* ticks */
double tl_beats_seconds(uint64_t ticks);  /* their length */
const tl_tally *tl_beats_tally(void);

#endif
