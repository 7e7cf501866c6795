#define _GNU_SOURCE
#include "beats.h"

#include <stdlib.h>
#include <time.h>

#include "announce.h"
#include "followed.h"
#include "gil.h"
#include "lock.h"
#include "polite.h"
#include "stack.h"
#include "ticks.h"

#define MS_NS 1000000u

/* Rounds: often while a loop runs code, seldom while all of them wait for events. A stall of `slow`
 * must be met well before its half, so short thresholds make for shorter rounds. */
#define BUSY_ROUND_NS (10 * MS_NS)
#define IDLE_ROUND_NS (40 * MS_NS)
#define SHORTEST_ROUND_NS (2 * MS_NS)

/* Time from one sample of a step to the next: at first, and then each time by a quarter more. */
#define FIRST_INTERVAL_NS (10 * MS_NS)

/* Looks at one moment, each of which a running thread may spoil, and the pause between them. */
#define LOOKS 8
#define PAUSE_NS 100000

/* A stall that has lasted this many times its threshold is announced while it lasts. */
#define ANNOUNCE_AFTER 10

typedef struct watched {
    struct watched *next;
    tl_beat *beat;
    uint64_t inherited;   /* a step that a fork left behind, */
    uint64_t inherited_pass;
    tl_followed step, pass;
    tl_activity activity; /* the last answer, which was given */
    uint64_t asked_at;    /* then; 0: about another step */
    tl_wanted wanted;     /* under the lock */
} watched;

static const _Atomic(tl_beat *) *beats;
static watched *all;
static _Atomic(double) rate; /* ticks per nanosecond */
static _Atomic(int) hardware;
static tl_stacks way;
static uint64_t round_ns;
static tl_tally tally;
static tl_stack scratch, holder;

uint64_t tl_beats_now(void) {
    return tl_ticks(hardware);
}

double tl_beats_seconds(uint64_t ticks) {
    return (double)ticks / rate / 1e9;
}

const tl_tally *tl_beats_tally(void) {
    return &tally;
}

static uint64_t in_ticks(uint64_t ns) {
    return (uint64_t)((double)ns * rate);
}

static uint64_t in_ns(uint64_t ticks) {
    return (uint64_t)((double)ticks / rate);
}

/* Ticks from `then` to `now`. Counters of two processors may differ by a hair. */
static uint64_t elapsed(uint64_t now, uint64_t then) {
    return now > then ? now - then : 0;
}

static uint64_t at_most(uint64_t value, uint64_t limit) {
    return value < limit ? value : limit;
}

static uint64_t at_least(uint64_t value, uint64_t limit) {
    return value > limit ? value : limit;
}

void tl_beats_open(const _Atomic(tl_beat *) *head, double ticks_per_s, int counter,
                   tl_stacks stacks) {
    beats = head;
    rate = ticks_per_s / 1e9;
    hardware = counter;
    way = stacks;
    round_ns = BUSY_ROUND_NS;
    tally.rounds = tally.looks = tally.failed_looks = tally.looking_ns = 0;
}

void tl_beats_close(void) {
    while (all != NULL) {
        watched *gone = all;
        all = gone->next;
        free(gone->step.stall);
        free(gone->pass.stall);
        free(gone);
    }
}

static watched *find(const tl_beat *beat) {
    for (watched *w = all; w != NULL; w = w->next)
        if (w->beat == beat)
            return w;
    return NULL;
}

/* The entry for `beat`, made at first sight; NULL without memory. */
static watched *meet(tl_beat *beat) {
    watched *w = find(beat);
    if (w == NULL && (w = calloc(1, sizeof *w)) != NULL) {
        w->beat = beat;
        tl_lock();
        w->next = all;
        all = w;
        tl_unlock();
    }
    return w;
}

void tl_beats_inherit(void) {
    for (tl_beat *beat = atomic_load(beats); beat != NULL; beat = beat->next) {
        watched *w = meet(beat);
        if (w == NULL)
            continue;
        w->inherited = atomic_load(&beat->since);
        w->inherited_pass = atomic_load(&beat->pass_since);
    }
}

/* Ask what the thread is at, and charge the step, the pass, or both. */
static void ask(watched *w, bool of_step, bool of_pass) {
    uint64_t step = w->step.since, pass = w->pass.since;
    uint64_t now = tl_beats_now(), ns = in_ns(elapsed(now, w->asked_at));
    uint64_t ran_ns = w->asked_at != 0 ? w->activity.ran_ns : 0;
    tl_activity *activity = &w->activity;
    if (!tl_activity_ask(activity, atomic_load(&w->beat->tid), atomic_load(&w->beat->thread), ns,
                         ran_ns, of_step))
        return;
    w->asked_at = now;
    tl_stack *stack = activity->doing == TL_HELD_UP && activity->holder != NULL &&
                              way == TL_STACKS_NATIVE && tl_stack_read(&holder, activity->holder)
                          ? &holder
                          : NULL;
    if (of_step && atomic_load(&w->beat->since) == step)
        tl_followed_charge(&w->step, now, activity, in_ticks(activity->ran_ns), stack);
    if (of_pass && atomic_load(&w->beat->pass_since) == pass)
        tl_followed_charge(&w->pass, now, activity, in_ticks(activity->ran_ns), stack);
}

/* Read the stack of the thread while it is at the step that began at `since`, or, if that is 0, at
 * one and the same, whichever; false if that failed, or all of it is over. */
static bool look(watched *w, uint64_t since) {
    for (int tries = 0; tries < LOOKS; tries++) {
        uint64_t step = atomic_load(&w->beat->since);
        if (step == 0 || (since != 0 && step != since) ||
            (since == 0 && atomic_load(&w->beat->pass_since) != w->pass.since))
            return false;
        tally.looks++;
        if (tl_stack_look(atomic_load(&w->beat->thread)) && atomic_load(&w->beat->since) == step)
            return tl_stack_describe(&scratch);
        tally.failed_looks++;
        struct timespec pause = {0, PAUSE_NS};
        nanosleep(&pause, NULL);
    }
    return false;
}

static uint64_t processor_ns(void) {
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (uint64_t)spent.tv_sec * 1000 * MS_NS + (uint64_t)spent.tv_nsec;
}

/* Of a step the samples get rarer and rarer; those of a pass come evenly, and count alike. */
static void schedule_next_look(tl_followed *f, uint64_t now) {
    if (f->interval == 0)
        f->interval = in_ticks(FIRST_INTERVAL_NS);
    f->next_look = now + f->interval;
    f->interval += f->interval / 4;
}

static void schedule_next_look_at_pass(tl_followed *f, uint64_t now, uint64_t slow,
                                       bool thinned_out) {
    if (f->interval == 0)
        f->interval = at_most(in_ticks(FIRST_INTERVAL_NS), slow / 10);
    if (thinned_out)
        f->interval *= 2;
    f->next_look = now + f->interval;
}

/* Have the stack looked at by somebody who waits for the GIL: that may be long after. */
static void want_polite_look(watched *w) {
    tl_schedule sofar = {0, 0};
    uint64_t now = tl_beats_now();
    tl_schedule_read(&sofar, atomic_load(&w->beat->tid));
    tl_lock();
    bool news = w->wanted.since != w->step.since; /* else the one before has not been taken yet */
    if (news)
        w->wanted = (tl_wanted){w->beat, w->step.since, now, sofar.ran_ns};
    tl_followed_record(&w->step); /* also if nobody gets to look: the stall was seen */
    tl_unlock();
    if (news)
        tl_polite_call();
    schedule_next_look(&w->step, now);
}

/* Whether the stack is in `scratch` now. */
static bool sample_step(watched *w) {
    if (way == TL_STACKS_POLITE) {
        want_polite_look(w);
        return false;
    }
    uint64_t begun = tl_beats_now(), spent = processor_ns();
    bool seen = way == TL_STACKS_NATIVE && look(w, w->step.since);
    tally.looking_ns += processor_ns() - spent;
    if (atomic_load(&w->beat->since) != w->step.since)
        return seen;
    tl_lock();
    tl_stall *stall = tl_followed_record(&w->step);
    if (stall != NULL && seen)
        tl_stall_add(stall, begun, &scratch, w->activity.doing, w->step.starved);
    tl_unlock();
    if (seen)
        schedule_next_look(&w->step, begun); /* else again in the next round */
    return seen;
}

/* `seen`: the stack is in `scratch` already. */
static void sample_pass(watched *w, uint64_t slow, bool seen) {
    bool thinned_out = false;
    uint64_t begun = tl_beats_now(), spent = processor_ns();
    if (!seen) {
        seen = look(w, 0);
        tally.looking_ns += processor_ns() - spent;
    }
    if (atomic_load(&w->beat->pass_since) != w->pass.since)
        return;
    tl_lock();
    tl_stall *stall = tl_followed_record(&w->pass);
    if (stall != NULL && seen)
        thinned_out =
            tl_stall_add(stall, begun, &scratch, w->activity.doing, w->pass.starved);
    else if (stall != NULL)
        stall->missed++;
    tl_unlock();
    schedule_next_look_at_pass(&w->pass, begun, slow, thinned_out);
}

double tl_beats_lost_s(const tl_stall *stall, const tl_schedule *spent) {
    double late_s = tl_beats_seconds(stall->late), starved_s = (double)spent->waited_ns / 1e9;
    return late_s > starved_s ? late_s : starved_s;
}

/* How much of `age` was the step's own doing. */
static double held_s(const tl_stall *stall, uint64_t age, const tl_schedule *spent) {
    double whole_s = tl_beats_seconds(age), lost_s = tl_beats_lost_s(stall, spent);
    double at_s[TL_DOINGS];
    tl_stall_account(stall, whole_s, lost_s, spent, at_s);
    return whole_s - lost_s - at_s[TL_HELD_UP];
}

/* Whether the stall being watched can be announced and nobody has decided about it yet. */
static bool is_undecided(watched *w) {
    tl_lock();
    tl_stall *stall = w->step.stall;
    bool undecided = stall != NULL && stall->since == w->step.since && !stall->decided &&
                     tl_stall_can_blame(stall);
    tl_unlock();
    return undecided;
}

/* Say it now if the loop was really held that long: a process that was stopped, starved of
 * processor time, or kept waiting for the GIL was not held by its own code. */
static void consider_announcing(watched *w, uint64_t slow) {
    tl_schedule after;
    if (!is_undecided(w))
        return;
    bool told = tl_schedule_read(&after, atomic_load(&w->beat->tid));
    tl_lock();
    tl_stall *stall = w->step.stall;
    if (stall != NULL && stall->since == w->step.since) {
        uint64_t now = tl_beats_now(), age = elapsed(now, w->step.since);
        tl_schedule spent = {0, 0};
        stall->late = w->step.late;
        stall->seen = w->step.seen;
        if (told)
            spent = tl_stall_schedule(stall, now, &after);
        if (held_s(stall, age, &spent) >= tl_beats_seconds(ANNOUNCE_AFTER * slow)) {
            stall->decided = true;
            double lost_s = tl_beats_lost_s(stall, &spent), at_s[TL_DOINGS];
            tl_stall_account(stall, tl_beats_seconds(age), lost_s, &spent, at_s);
            stall->announced = tl_announce_compose(stall, in_ns(age), in_ns(slow), at_s, lost_s);
        }
    }
    bool write = stall != NULL && stall->announced;
    tl_unlock();
    if (write)
        tl_announce_write();
}

/* Follow what began at `since`; its age in ticks. */
static uint64_t follow(tl_followed *f, uint64_t since, uint64_t now, uint64_t late) {
    uint64_t age = elapsed(now, since);
    if (f->since != since)
        tl_followed_turn(f, since);
    f->late += at_most(late, age);
    return age;
}

/* What the round does about one loop; whether that loop is running code. Says so if its step or its
 * pass has become suspicious. */
static bool inspect(watched *w, uint64_t late, bool *suspicious) {
    uint64_t pass = atomic_load(&w->beat->pass_since);
    uint64_t step = atomic_load(&w->beat->since);
    uint64_t slow = atomic_load(&w->beat->slow);
    uint64_t now = tl_beats_now(), step_age = 0, pass_age = 0;
    if (step == 0) {
        w->step.since = w->pass.since = 0;
        return false;
    }
    if (step == w->inherited || slow == 0)
        return false;
    if (pass == w->inherited_pass || way != TL_STACKS_NATIVE)
        w->pass.since = pass = 0;
    int tid = atomic_load(&w->beat->tid);
    if (w->step.since != step && (pass == 0 || w->pass.since != pass))
        w->asked_at = 0;
    step_age = follow(&w->step, step, now, late);
    if (pass != 0)
        pass_age = follow(&w->pass, pass, now, late);
    bool of_step = step_age >= slow / 4, of_pass = pass_age >= slow / 4;
    if (of_step)
        tl_followed_measure(&w->step, tid, now);
    if (of_pass)
        tl_followed_measure(&w->pass, tid, now);
    if (of_step || of_pass) {
        ask(w, of_step, of_pass);
        *suspicious = true;
    }
    bool seen = step_age >= slow / 2 && now >= w->step.next_look && sample_step(w);
    if (of_pass && step_age < slow && now >= w->pass.next_look) /* else the step is to blame */
        sample_pass(w, slow, seen);
    if (step_age >= ANNOUNCE_AFTER * slow)
        consider_announcing(w, slow);
    return true;
}

/* Threads that compete for the GIL take turns, each 5 ms: looks that came as evenly would meet the
 * same one again and again. Steps of the golden ratio spread the looks best, however few. */
static uint64_t uneven(uint64_t ns) {
    static uint32_t phase;
    phase += 2654435769u; /* of 2^32 */
    return ns / 2 + (uint64_t)((double)(ns / 2) * ((double)phase / 4294967296.0));
}

uint64_t tl_beats_round(uint64_t late) {
    bool busy = false, suspicious = false;
    uint64_t shortest_slow = UINT64_MAX;
    tally.rounds++;
    for (tl_beat *beat = atomic_load(beats); beat != NULL; beat = beat->next) {
        watched *w = meet(beat);
        if (w == NULL)
            continue;
        if (inspect(w, late, &suspicious))
            busy = true;
        uint64_t slow = atomic_load(&beat->slow);
        if (atomic_load(&beat->thread) != NULL && slow != 0 && slow < shortest_slow)
            shortest_slow = slow;
    }
    uint64_t slow_ns = shortest_slow == UINT64_MAX ? IDLE_ROUND_NS * 3 : in_ns(shortest_slow);
    uint64_t shortest = at_least(at_most(slow_ns / 8, BUSY_ROUND_NS), SHORTEST_ROUND_NS);
    uint64_t longest = at_least(at_most(slow_ns * 2 / 5, IDLE_ROUND_NS), SHORTEST_ROUND_NS);
    round_ns = busy ? shortest : at_least(at_most(round_ns * 2, longest), shortest);
    return suspicious ? uneven(round_ns) : round_ns;
}

tl_stall *tl_beats_take(const tl_beat *beat, uint64_t since, uint64_t overdue) {
    watched *w = find(beat);
    if (w == NULL || since == w->inherited)
        return NULL;
    return tl_followed_take(&w->step, since, overdue, tl_beats_now());
}

tl_stall *tl_beats_take_pass(const tl_beat *beat, uint64_t since, uint64_t overdue) {
    watched *w = find(beat);
    if (w == NULL || since == w->inherited_pass)
        return NULL;
    return tl_followed_take(&w->pass, since, overdue, tl_beats_now());
}

bool tl_beats_wanted(tl_wanted *look) {
    for (watched *w = all; w != NULL; w = w->next)
        if (w->wanted.since != 0) {
            *look = w->wanted;
            w->wanted.since = 0;
            return true;
        }
    return false;
}

void tl_beats_answer(const tl_wanted *look, const tl_stack *stack, uint64_t locked_out) {
    watched *w = find(look->beat);
    uint64_t since = look->since;
    if (w == NULL || w->step.since != since || w->step.taken == since ||
        atomic_load(&w->beat->since) != since)
        return;
    tally.looks++;
    w->step.seen.doing[TL_HELD_UP] += locked_out;
    tl_stall *stall = tl_followed_record(&w->step);
    if (stall != NULL)
        tl_stall_add(stall, tl_beats_now(), stack, locked_out > 0 ? TL_HELD_UP : TL_UNKNOWN, 0);
}
