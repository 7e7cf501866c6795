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
    bool held_up; /* waits for the GIL: it is not at work on this line */
    tl_line_of frames[TL_DEPTH]; /* innermost first; numbers in the stall's pool */
} tl_sample;

typedef struct tl_waits { /* ticks for which was seen that the thread */
    uint64_t gil;   /* waited for the GIL */
    uint64_t other; /* waited for something else */
    uint64_t none;  /* did not wait */
} tl_waits;

typedef struct tl_stall {
    uint64_t since;       /* ticks at which the step began: its identity */
    uint64_t late;        /* ticks by which the watch itself was late since then */
    uint64_t measured_at; /* ticks at which `before` was read; 0: it was not */
    tl_schedule before;   /* the thread's running and waiting times at that moment */
    tl_waits waits;
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
void tl_stall_add(tl_stall *stall, uint64_t at, const tl_stack *stack, bool held_up);

/* Ticks that sample `number` answers for: those since the sample before it, or since the step
 * began. */
uint64_t tl_stall_weight(const tl_stall *stall, int number);

/* Whether any sample shows the thread at something else than a wait for the GIL. */
bool tl_stall_can_blame(const tl_stall *stall);

/* How long the thread ran, and was kept waiting for a processor, from the step's beginning to
 * `now`, given its schedule then. The watch first looks when the step is not quite new: what it
 * saw from then on is extended over the part before. Zeros if nothing is known. */
tl_schedule tl_stall_schedule(const tl_stall *stall, uint64_t now, const tl_schedule *after);

/* For how many of its `whole_s` seconds the step waited for the GIL, given the thread's schedule
 * during them and `lost_s`, for how long it was starved or stopped. How long it waited for anything
 * is known well from the schedule, so the looks decide only which part of that was the GIL. 0 if
 * nothing is known. */
double tl_stall_gil_s(const tl_stall *stall, double whole_s, double lost_s,
                      const tl_schedule *spent);

#endif
