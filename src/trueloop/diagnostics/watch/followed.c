#include "followed.h"

#include <stdlib.h>

#include "lock.h"

void tl_followed_turn(tl_followed *f, uint64_t since) {
    tl_lock();
    f->seen = (tl_seen){0};
    f->since = since;
    tl_unlock();
    f->asked_at = since;
    f->ran = f->starved = 0;
    f->late = 0;
    f->measured = false;
    f->measured_at = 0;
    f->interval = 0;
    f->next_look = 0;
}

void tl_followed_measure(tl_followed *f, int tid, uint64_t now) {
    if (f->measured)
        return;
    f->measured = true;
    if (tl_schedule_read(&f->before, tid))
        f->measured_at = now;
}

void tl_followed_charge(tl_followed *f, uint64_t now, const tl_activity *activity, uint64_t ran,
                        const tl_stack *holder) {
    bool counts_not = activity->doing == TL_HELD_UP && activity->awake;
    uint64_t ticks = now > f->asked_at ? now - f->asked_at : 0;
    if (activity->awake && f->ran != 0 && ran - f->ran < ticks)
        f->starved += ticks - (ran - f->ran);
    f->ran = ran;
    f->asked_at = now;
    tl_lock();
    tl_seen_add(&f->seen, counts_not ? TL_UNKNOWN : activity->doing, activity->call, ticks);
    tl_stall *stall = holder != NULL ? tl_followed_record(f) : NULL;
    if (stall != NULL)
        tl_stall_add_holder(stall, activity->ident, holder, ticks);
    tl_unlock();
}

tl_stall *tl_followed_record(tl_followed *f) {
    if (f->stall == NULL) {
        f->stall = malloc(sizeof *f->stall);
        if (f->stall == NULL)
            return NULL;
        f->stall->since = 0;
    }
    if (f->stall->since != f->since)
        tl_stall_begin(f->stall, f->since);
    f->stall->late = f->late;
    f->stall->seen = f->seen;
    f->stall->before = f->before;
    f->stall->measured_at = f->measured_at;
    return f->stall;
}

static tl_stall *detach(tl_followed *f, uint64_t since, bool noticed) {
    tl_stall *stall = NULL;
    if (f->stall != NULL && f->stall->since == since) {
        stall = f->stall;
        f->stall = NULL;
    } else if (noticed && (stall = malloc(sizeof *stall)) != NULL) {
        tl_stall_begin(stall, since);
    }
    return stall;
}

tl_stall *tl_followed_take(tl_followed *f, uint64_t since, uint64_t overdue, uint64_t now) {
    if (since == f->taken)
        return NULL;
    f->taken = since;
    tl_stall *stall = detach(f, since, f->since == since || overdue > 0);
    if (stall == NULL)
        return NULL;
    if (f->since == since) { /* in rounds, too, that had no reason to touch the record */
        stall->late = f->late;
        stall->seen = f->seen;
    }
    uint64_t age = now > since ? now - since : 0;
    stall->late += overdue < age ? overdue : age;
    return stall;
}
