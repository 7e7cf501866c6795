#include "stall.h"

#include <string.h>

void tl_stall_begin(tl_stall *stall, uint64_t since) {
    stall->since = since;
    stall->late = 0;
    stall->measured_at = 0;
    stall->waits = (tl_waits){0, 0, 0};
    stall->decided = stall->announced = false;
    stall->count = 0;
    tl_pool_clear(&stall->pool);
}

static void thin_out(tl_stall *stall) {
    int kept = 0;
    for (int i = 1; i < stall->count; i += 2)
        stall->samples[kept++] = stall->samples[i];
    stall->count = kept;
}

void tl_stall_add(tl_stall *stall, uint64_t at, const tl_stack *stack, bool held_up) {
    if (stall->count == TL_SAMPLES)
        thin_out(stall);
    tl_sample *sample = &stall->samples[stall->count];
    sample->at = at;
    sample->depth = 0;
    sample->held_up = held_up;
    sample->truncated = stack->truncated;
    for (int i = 0; i < stack->depth; i++) {
        tl_line_of *frame = &sample->frames[i];
        frame->file = tl_pool_add(&stall->pool, tl_pool_get(&stack->pool, stack->frames[i].file));
        frame->function =
            tl_pool_add(&stall->pool, tl_pool_get(&stack->pool, stack->frames[i].function));
        frame->line = stack->frames[i].line;
        if (frame->file < 0 || frame->function < 0) {
            sample->truncated = true;
            break;
        }
        sample->depth++;
    }
    if (sample->depth > 0) /* else no room is left for new names: the samples so far must do */
        stall->count++;
}

uint64_t tl_stall_weight(const tl_stall *stall, int number) {
    uint64_t from = number == 0 ? stall->since : stall->samples[number - 1].at;
    return stall->samples[number].at - from;
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

double tl_stall_gil_s(const tl_stall *stall, double whole_s, double lost_s,
                      const tl_schedule *spent) {
    const tl_waits *waits = &stall->waits;
    double waited_s = whole_s - lost_s - (double)spent->ran_ns / 1e9;
    double seen = (double)waits->gil + (double)waits->other;
    if (spent->ran_ns == 0 && spent->waited_ns == 0)
        seen += (double)waits->none; /* no schedule: what it did not wait is in waited_s as well */
    return waited_s > 0 && seen > 0 ? waited_s * ((double)waits->gil / seen) : 0;
}
