/* The watch thread: its life, its sleep, and how late it comes out of it.
 *
 * Law: a native thread that never takes the GIL and never touches a Python object. Any thread may
 * start or stop it, and call what is here, at any time; it is gone after a fork unless started anew
 * there.
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
    tl_stacks stacks;
} tl_watch_setup;

/* Start the thread, or turn the running one to another setup. `python` is the calling thread's
 * PyThreadState. 0, or the errno of the failure. */
int tl_watch_start(const tl_watch_setup *setup, const void *python);

/* End the thread and forget all records. */
void tl_watch_stop(void);

/* The setup it runs with; false if it does not run. */
bool tl_watch_running(tl_watch_setup *setup);

/* Read the stack of the calling thread, whose PyThreadState is at `python`, as the watch would;
 * false if that fails, or if the watch runs: it alone reads then. */
bool tl_watch_try(tl_stack *stack, const void *python);

/* What was recorded of a step (see tl_beats_take), with the lateness up to this moment. */
tl_stall *tl_watch_take(const tl_beat *beat, uint64_t since);

/* Likewise of a pass (see tl_beats_take_pass). */
tl_stall *tl_watch_take_pass(const tl_beat *beat, uint64_t since);

/* The kernel's id of the thread; 0 while it does not run, or has not come to it yet. */
int tl_watch_tid(void);

/* Around a fork: no record is half-written in the child, where the thread starts anew if it ran. */
void tl_watch_before_fork(void);
void tl_watch_after_fork_in_parent(void);
void tl_watch_after_fork_in_child(void);

#endif
