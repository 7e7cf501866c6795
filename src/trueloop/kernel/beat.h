/* What a loop publishes for a reader that may not take the GIL (the watch thread).
 *
 * Law: the loop's thread is the only writer of a beat in use; any thread may read any beat at any
 * time. Beats are recycled, never freed, so the list of all beats can be walked without a lock.
 */
#ifndef TL_BEAT_H
#define TL_BEAT_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct tl_beat {
    struct tl_beat *next;     /* the beat made before this one; set once */
    _Atomic(uint64_t) since;  /* ticks at which the running step began, 0 while the loop polls or
                                 does not run; changes with every step and so identifies it */
    _Atomic(uint64_t) pass_since; /* ticks at which the running pass over the ready queue began; 0
                                 while the loop waits or does not run */
    _Atomic(uint64_t) slow;   /* ticks that a step may take before it counts as a stall */
    _Atomic(void *) thread;   /* PyThreadState of the thread that runs the loop, or NULL */
    _Atomic(int) tid;         /* kernel thread id of that thread (gettid(2)) */
    _Atomic(int) in_use;      /* 1 while a loop owns this beat */
} tl_beat;

#endif
