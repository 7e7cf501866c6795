/* What a thread is at, at this moment.
 *
 * Law: asks the kernel, the interpreter and the thread's innermost frame, and decides on one answer.
 * Keeps nothing, and knows no loops.
 */
#ifndef TL_ACTIVITY_H
#define TL_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

typedef enum tl_doing {
    TL_UNKNOWN,
    TL_IN_PYTHON,  /* executes bytecode */
    TL_IN_C,       /* computes within one instruction: a C function, a large number */
    TL_COLLECTING, /* the same, in the collector of garbage */
    TL_IN_CALL,    /* in a system call, or waits for a page of memory */
    TL_HELD_UP,    /* waits for the GIL, or is stopped for another thread's sake */
    TL_DOINGS
} tl_doing;

typedef struct tl_activity {
    tl_doing doing;
    bool awake;          /* although held up: the time is no waiting, in the kernel's eyes */
    int call;            /* number of the system call; TL_NO_CALL: none */
    const void *holder;  /* PyThreadState of who has the GIL, if held up by that; or NULL */
    unsigned long ident; /* of that: threading.get_ident() */
    uint64_t ran_ns;     /* how long the thread has run so far; 0: unknown */
} tl_activity;

/* Look at the thread with the kernel's id `tid` and the PyThreadState at `thread`, `ns` after a
 * first look that found it to have run for `ran_ns` (0: there was none). Takes some 20 us; if it is
 * to tell TL_IN_C from TL_IN_PYTHON, too, `closely`, another 200 us, most of them asleep: else both
 * are TL_IN_PYTHON. False if the kernel tells nothing. */
bool tl_activity_ask(tl_activity *now, int tid, const void *thread, uint64_t ns, uint64_t ran_ns,
                     bool closely);

#endif
