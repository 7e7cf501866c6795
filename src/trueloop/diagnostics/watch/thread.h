/* The watch thread: its life, its sleep, and how late it comes out of it.
 *
 * Law: a native thread that never takes the GIL and never touches a Python object. Started and
 * stopped by one Python thread at a time; gone after a fork unless started anew there.
 */
#ifndef TL_THREAD_H
#define TL_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "beats.h"

typedef struct tl_watch_setup {
    const _Atomic(tl_beat *) *beats;
    double ticks_per_s;
    int hardware_counter;
} tl_watch_setup;

/* Start the thread, or turn the running one to another setup. 0, or the errno of the failure. */
int tl_watch_start(const tl_watch_setup *setup);

/* End the thread and forget all records. */
void tl_watch_stop(void);

/* The setup it runs with, or NULL if it does not run. */
const tl_watch_setup *tl_watch_running(void);

/* What was recorded of a step (see tl_beats_take), with the lateness up to this moment. */
tl_stall *tl_watch_take(const tl_beat *beat, uint64_t since);

/* Around a fork: no record is half-written in the child, where the thread starts anew if it ran. */
void tl_watch_before_fork(void);
void tl_watch_after_fork_in_parent(void);
void tl_watch_after_fork_in_child(void);

#endif
