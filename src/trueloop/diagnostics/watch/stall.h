/* What was recorded of one step that lasts too long.
 *
 * Law: a record of bounded size, whatever the stall's length; plain data, no lock, no clock.
 */
#ifndef TL_STALL_H
#define TL_STALL_H

#include <stdbool.h>
#include <stdint.h>

#include "pool.h"
#include "schedule.h"
#include "stack.h"

#define TL_SAMPLES 32

typedef struct tl_sample {
    uint64_t at; /* ticks */
    int depth;
    bool truncated;
    tl_line_of frames[TL_DEPTH]; /* innermost first; numbers in the stall's pool */
} tl_sample;

typedef struct tl_stall {
    uint64_t since;       /* ticks at which the step began: its identity */
    uint64_t late;        /* ticks by which the watch itself was late since then */
    uint64_t measured_at; /* ticks at which `before` was read; 0: it was not */
    tl_schedule before;   /* the thread's running and waiting times at that moment */
    bool decided;         /* whether to announce it */
    bool announced;       /* written by the watch thread: */
    tl_line_of announced_at; /* as the finding of this place */
    int count;
    tl_sample samples[TL_SAMPLES]; /* in order of time */
    tl_pool pool;
} tl_stall;

void tl_stall_begin(tl_stall *stall, uint64_t since);

/* Add what was seen at `at`. When the record is full, every second sample makes room: those that
 * stay cover the whole stall still. */
void tl_stall_add(tl_stall *stall, uint64_t at, const tl_stack *stack);

/* Ticks that sample `number` answers for: those since the sample before it, or since the step
 * began. */
uint64_t tl_stall_weight(const tl_stall *stall, int number);

/* How long the thread ran, and was kept waiting for a processor, from the step's beginning to
 * `now`, given its schedule then. The watch first looks when the step is not quite new: what it
 * saw from then on is extended over the part before. Zeros if nothing is known. */
tl_schedule tl_stall_schedule(const tl_stall *stall, uint64_t now, const tl_schedule *after);

#endif
