#include "layout.h" /* first: Python's configuration must precede the system's headers */

#include "activity.h"

#include <time.h>

#include "frames.h"
#include "gil.h"
#include "schedule.h"

#define PROBES 4
#define PAUSE_NS 30000

/* Who waits for the GIL wakes every 5 ms to demand it, and on a busy machine is long on its way to
 * that. So a thread that is awake, without the GIL, while another has it, and has hardly run since
 * the last look, is at nothing else. (If it ran it computes without the GIL, as zlib does.) */
static bool demands_gil(const tl_activity *now, uint64_t ns, uint64_t ran_ns) {
    return now->holder != NULL && now->ran_ns != 0 &&
           (ran_ns == 0 || now->ran_ns - ran_ns < ns / 4);
}

/* Bytecode goes on by a hundred instructions between two probes, so whoever stands still is in one
 * of them, unless another has the processor: that shows in the time it ran. The pauses give the
 * thread its processor back, if this one woke on it. */
static tl_doing running(int tid, const void *thread) {
    static const struct timespec pause = {0, PAUSE_NS};
    tl_probe first, probe;
    uint64_t ran_ns = tl_schedule_ran_ns(tid);
    if (!tl_chain_probe(&first, thread))
        return TL_UNKNOWN;
    for (int i = 1; i < PROBES; i++) {
        nanosleep(&pause, NULL);
        if (!tl_chain_probe(&probe, thread))
            return TL_UNKNOWN;
        if (probe.frame != first.frame || probe.instruction != first.instruction)
            return TL_IN_PYTHON;
    }
    if (tl_schedule_ran_ns(tid) - ran_ns < (PROBES - 1) * PAUSE_NS / 2)
        return TL_UNKNOWN;
    return tl_is_collecting(thread) ? TL_COLLECTING : TL_IN_C;
}

bool tl_activity_ask(tl_activity *now, int tid, const void *thread, uint64_t ns, uint64_t ran_ns,
                     bool closely) {
    tl_wait wait = tl_gil_ask(tid, thread, &now->call);
    now->doing = TL_UNKNOWN;
    now->holder = tl_gil_other_holder(thread);
    now->awake = wait == TL_WAIT_NONE;
    now->ran_ns = 0;
    if (wait == TL_WAIT_UNKNOWN)
        return false;
    now->ran_ns = tl_schedule_ran_ns(tid);
    if (wait == TL_WAIT_GIL || (now->awake && demands_gil(now, ns, ran_ns))) {
        now->doing = TL_HELD_UP;
        now->ident = now->holder != NULL ? tl_thread_ident(now->holder) : 0;
        return true;
    }
    now->holder = NULL;
    if (wait == TL_WAIT_OTHER)
        now->doing = TL_IN_CALL;
    else if (closely)
        now->doing = running(tid, thread);
    else
        now->doing = tl_is_collecting(thread) ? TL_COLLECTING : TL_IN_PYTHON;
    return true;
}
