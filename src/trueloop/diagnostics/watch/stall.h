/* What was recorded of one step that lasts too long, or of one pass over the ready queue.
 *
 * Law: a record of bounded size, whatever the stall's length; plain data, no lock, no clock.
 */
#ifndef TL_STALL_H
#define TL_STALL_H

#include <stdbool.h>
#include <stdint.h>

#include "activity.h"
#include "pool.h"
#include "schedule.h"
#include "stack.h"

#define TL_SAMPLES 32
#define TL_HOLDERS 4
#define TL_HOLDER_DEPTH 8
#define TL_CALLS 4

typedef struct tl_sample {
    uint64_t at;      /* ticks */
    uint64_t starved; /* ticks of the step so far that the thread was ready and did not run */
    int depth;
    bool truncated;
    tl_doing doing;
    bool held_up;        /* waits for the GIL: it is not at work on this line */
    uint64_t coroutines; /* as in tl_stack */
    int opcode;          /* too */
    tl_line_of frames[TL_DEPTH]; /* innermost first; numbers in the stall's pool */
} tl_sample;

typedef struct tl_seen { /* ticks for which the thread was seen */
    uint64_t doing[TL_DOINGS];
    struct {
        int number; /* of a system call that it was in for so long */
        uint64_t ticks;
    } calls[TL_CALLS];
} tl_seen;

typedef struct tl_holder { /* another thread, that kept the GIL from this one */
    unsigned long ident;   /* as threading.get_ident() */
    uint64_t ticks;
    int depth;
    tl_line_of frames[TL_HOLDER_DEPTH]; /* where, innermost first */
} tl_holder;

typedef struct tl_stall {
    uint64_t since;       /* ticks at which the step began: its identity */
    uint64_t late;        /* ticks by which the watch itself was late since then */
    uint64_t measured_at; /* ticks at which `before` was read; 0: it was not */
    tl_schedule before;   /* the thread's running and waiting times at that moment */
    tl_seen seen;
    bool decided;         /* whether to announce it */
    bool announced;       /* written by the watch thread: */
    tl_line_of announced_at; /* as the finding of this place */
    int holders_count;
    tl_holder holders[TL_HOLDERS];
    int missed; /* times that no sample could be had: steps came and went too fast */
    int count;
    tl_sample samples[TL_SAMPLES]; /* in order of time */
    tl_pool pool;
} tl_stall;

void tl_stall_begin(tl_stall *stall, uint64_t since);

/* Add what was seen at `at`. When the record is full, every second sample makes room: those that
 * stay cover the whole stall still. Whether that was so. */
bool tl_stall_add(tl_stall *stall, uint64_t at, const tl_stack *stack, tl_doing doing,
                  uint64_t starved);

/* For `ticks` the thread with this ident and stack kept the GIL. */
void tl_stall_add_holder(tl_stall *stall, unsigned long ident, const tl_stack *stack,
                         uint64_t ticks);

/* For `ticks` the thread was seen at this. */
void tl_seen_add(tl_seen *seen, tl_doing doing, int call, uint64_t ticks);

/* Ticks that sample `number` answers for: those since the sample before it, or since the step
 * began, in which the thread was not starved. */
uint64_t tl_stall_weight(const tl_stall *stall, int number);

/* Whether any sample shows the thread at something else than a wait for the GIL. */
bool tl_stall_can_blame(const tl_stall *stall);

/* How long the thread ran, and was kept waiting for a processor, from the step's beginning to
 * `now`, given its schedule then. The watch first looks when the step is not quite new: what it
 * saw from then on is extended over the part before. Zeros if nothing is known. */
tl_schedule tl_stall_schedule(const tl_stall *stall, uint64_t now, const tl_schedule *after);

/* For how many of its `whole_s` seconds the step was at each thing, given the thread's schedule
 * during them and `lost_s`, for how long it was starved or stopped. How long it ran and how long it
 * waited is known well from the schedule, so the looks decide only at what, and for what. Zeros
 * where nothing is known. */
void tl_stall_account(const tl_stall *stall, double whole_s, double lost_s,
                      const tl_schedule *spent, double at_s[TL_DOINGS]);

#endif
