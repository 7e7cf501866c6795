#include "stall.h"

#include <string.h>

void tl_stall_begin(tl_stall *stall, uint64_t since) {
    stall->since = since;
    stall->late = 0;
    stall->measured_at = 0;
    stall->seen = (tl_seen){0};
    stall->decided = stall->announced = false;
    stall->holders_count = 0;
    stall->count = stall->missed = 0;
    tl_pool_clear(&stall->pool);
}

static void thin_out(tl_stall *stall) {
    int kept = 0;
    for (int i = 1; i < stall->count; i += 2)
        stall->samples[kept++] = stall->samples[i];
    stall->count = kept;
    stall->missed /= 2;
}

/* The same place, named in another pool; false if there is no room for its names. */
static bool move_line(tl_line_of *to, tl_pool *pool, const tl_line_of *from, const tl_pool *old) {
    *to = *from;
    to->file = tl_pool_add(pool, tl_pool_get(old, from->file));
    to->function = tl_pool_add(pool, tl_pool_get(old, from->function));
    return to->file >= 0 && to->function >= 0;
}

bool tl_stall_add(tl_stall *stall, uint64_t at, const tl_stack *stack, tl_doing doing,
                  uint64_t starved) {
    bool full = stall->count == TL_SAMPLES;
    if (full)
        thin_out(stall);
    tl_sample *sample = &stall->samples[stall->count];
    sample->at = at;
    sample->starved = starved;
    sample->depth = 0;
    sample->doing = doing;
    sample->held_up = doing == TL_HELD_UP;
    sample->coroutines = stack->coroutines;
    sample->opcode = stack->opcode;
    sample->truncated = stack->truncated;
    for (int i = 0; i < stack->depth; i++) {
        if (!move_line(&sample->frames[i], &stall->pool, &stack->frames[i], &stack->pool)) {
            sample->truncated = true;
            break;
        }
        sample->depth++;
    }
    if (sample->depth > 0) /* else no room is left for new names: the samples so far must do */
        stall->count++;
    return full;
}

static tl_holder *find_holder(tl_stall *stall, unsigned long ident, const tl_line_of *innermost) {
    for (int i = 0; i < stall->holders_count; i++) {
        tl_holder *holder = &stall->holders[i];
        if (holder->ident == ident && holder->frames[0].file == innermost->file &&
            holder->frames[0].line == innermost->line)
            return holder;
    }
    return NULL;
}

void tl_stall_add_holder(tl_stall *stall, unsigned long ident, const tl_stack *stack,
                         uint64_t ticks) {
    tl_line_of innermost;
    if (stack->depth == 0 || !move_line(&innermost, &stall->pool, &stack->frames[0], &stack->pool))
        return;
    tl_holder *holder = find_holder(stall, ident, &innermost);
    if (holder == NULL) {
        if (stall->holders_count == TL_HOLDERS)
            return;
        holder = &stall->holders[stall->holders_count++];
        *holder = (tl_holder){.ident = ident};
        while (holder->depth < stack->depth && holder->depth < TL_HOLDER_DEPTH &&
               move_line(&holder->frames[holder->depth], &stall->pool,
                         &stack->frames[holder->depth], &stack->pool))
            holder->depth++;
    }
    holder->ticks += ticks;
}

void tl_seen_add(tl_seen *seen, tl_doing doing, int call, uint64_t ticks) {
    seen->doing[doing] += ticks;
    if (doing != TL_IN_CALL || call < 0)
        return;
    for (int i = 0; i < TL_CALLS; i++) {
        if (seen->calls[i].ticks == 0)
            seen->calls[i].number = call;
        if (seen->calls[i].number == call) {
            seen->calls[i].ticks += ticks;
            return;
        }
    }
}

uint64_t tl_stall_weight(const tl_stall *stall, int number) {
    const tl_sample *sample = &stall->samples[number];
    uint64_t from = number == 0 ? stall->since : sample[-1].at;
    uint64_t starved = sample->starved - (number == 0 ? 0 : sample[-1].starved);
    return sample->at - from > starved ? sample->at - from - starved : 0;
}

bool tl_stall_can_blame(const tl_stall *stall) {
    for (int i = 0; i < stall->count; i++)
        if (!stall->samples[i].held_up)
            return true;
    return false;
}

tl_schedule tl_stall_schedule(const tl_stall *stall, uint64_t now, const tl_schedule *after) {
    tl_schedule spent = {0, 0};
    if (stall->measured_at == 0 || now <= stall->measured_at ||
        after->ran_ns < stall->before.ran_ns || after->waited_ns < stall->before.waited_ns)
        return spent;
    double extended = (double)(now - stall->since) / (double)(now - stall->measured_at);
    spent.ran_ns = (uint64_t)((double)(after->ran_ns - stall->before.ran_ns) * extended);
    spent.waited_ns = (uint64_t)((double)(after->waited_ns - stall->before.waited_ns) * extended);
    return spent;
}

/* Divide `whole_s` among the things from `first` to `last`, as the looks saw them. */
static void divide(double whole_s, const tl_seen *seen, tl_doing first, tl_doing last,
                   double at_s[TL_DOINGS]) {
    double all = 0;
    for (int i = first; i <= (int)last; i++)
        all += (double)seen->doing[i];
    for (int i = first; i <= (int)last; i++)
        at_s[i] = whole_s > 0 && all > 0 ? whole_s * ((double)seen->doing[i] / all) : 0;
}

void tl_stall_account(const tl_stall *stall, double whole_s, double lost_s,
                      const tl_schedule *spent, double at_s[TL_DOINGS]) {
    double ran_s = (double)spent->ran_ns / 1e9;
    at_s[TL_UNKNOWN] = 0;
    if (spent->ran_ns == 0 && spent->waited_ns == 0) { /* no schedule */
        divide(whole_s - lost_s, &stall->seen, TL_IN_PYTHON, TL_HELD_UP, at_s);
        return;
    }
    divide(ran_s, &stall->seen, TL_IN_PYTHON, TL_COLLECTING, at_s);
    divide(whole_s - lost_s - ran_s, &stall->seen, TL_IN_CALL, TL_HELD_UP, at_s);
}
