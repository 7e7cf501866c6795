#define _GNU_SOURCE
#include "beats.h"

#include <stdlib.h>
#include <time.h>

#include "announce.h"
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

/* Time from one sample of a stall to the next: at first, and then each time by a quarter more. */
#define FIRST_INTERVAL_NS (10 * MS_NS)

/* Looks at one moment, each of which a running thread may spoil, and the pause between them. */
#define LOOKS 8
#define PAUSE_NS 100000

/* A stall that has lasted this many times its threshold is announced while it lasts. */
#define ANNOUNCE_AFTER 10

typedef struct watched {
    struct watched *next;
    tl_beat *beat;
    _Atomic(uint64_t) seen; /* `since` in the last round */
    _Atomic(uint64_t) late; /* ticks the watch was late during step `seen` */
    uint64_t inherited;     /* a step that a fork left behind */
    uint64_t taken;         /* the last step that was asked for; under the lock */
    uint64_t measured_at;
    tl_schedule before; /* read at measured_at, if that is not 0 */
    bool measured;      /* the attempt to read it was made */
    uint64_t next_look, interval; /* ticks */
    uint64_t asked_at;      /* what the thread waits for: */
    uint64_t ran_ns;        /* its running time at that moment */
    _Atomic(bool) held_up;  /* the last answer: for the GIL */
    tl_waits waits;         /* all answers during step `seen`; under the lock */
    tl_wanted wanted;       /* under the lock */
    tl_stall *stall;    /* of the latest suspicious step, until taken; under the lock */
} watched;

static const _Atomic(tl_beat *) *beats;
static watched *all;
static _Atomic(double) rate; /* ticks per nanosecond */
static _Atomic(int) hardware;
static tl_stacks way;
static uint64_t round_ns;
static tl_tally tally;
static tl_stack scratch;

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
        free(gone->stall);
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
        if (w != NULL)
            w->inherited = atomic_load(&beat->since);
    }
}

/* A new step has begun since the last round. */
static void turn_to(watched *w, uint64_t since) {
    tl_lock();
    w->waits = (tl_waits){0, 0, 0};
    w->seen = since;
    tl_unlock();
    w->asked_at = since;
    w->ran_ns = 0;
    w->held_up = false;
    w->late = 0;
    w->measured = false;
    w->measured_at = 0;
    w->interval = in_ticks(FIRST_INTERVAL_NS);
    w->next_look = 0;
}

static void measure(watched *w, uint64_t now) {
    w->measured = true;
    if (tl_schedule_read(&w->before, atomic_load(&w->beat->tid)))
        w->measured_at = now;
    w->ran_ns = w->measured_at != 0 ? w->before.ran_ns : 0;
}

/* Who waits for the GIL wakes every 5 ms to demand it, and on a busy machine is long on its way to
 * that. So a thread that is awake, without the GIL, while another has it, and has hardly run since
 * the last look, is at nothing else. (If it ran it computes without the GIL, as zlib does.) */
static bool demands_gil(const watched *w, uint64_t ticks, uint64_t ran_ns) {
    return tl_gil_is_anothers(atomic_load(&w->beat->thread)) && w->ran_ns != 0 &&
           ran_ns - w->ran_ns < in_ns(ticks) / 4;
}

/* Ask what the thread waits for; the answer counts for the time since the last one. */
static void ask(watched *w, uint64_t now) {
    int tid = atomic_load(&w->beat->tid);
    tl_schedule sofar = {0, 0};
    uint64_t ticks = elapsed(now, w->asked_at);
    tl_wait wait = tl_gil_ask(tid, atomic_load(&w->beat->thread));
    if (wait == TL_WAIT_UNKNOWN || atomic_load(&w->beat->since) != w->seen)
        return;
    tl_schedule_read(&sofar, tid);
    w->held_up =
        wait == TL_WAIT_GIL || (wait == TL_WAIT_NONE && demands_gil(w, ticks, sofar.ran_ns));
    w->ran_ns = sofar.ran_ns;
    w->asked_at = now;
    tl_lock();
    w->waits.gil += wait == TL_WAIT_GIL ? ticks : 0;
    w->waits.other += wait == TL_WAIT_OTHER ? ticks : 0;
    w->waits.none += wait == TL_WAIT_NONE ? ticks : 0;
    tl_unlock();
}

/* The record of the step that is being watched; under the lock. NULL without memory. */
static tl_stall *record(watched *w) {
    if (w->stall == NULL) {
        w->stall = malloc(sizeof *w->stall);
        if (w->stall == NULL)
            return NULL;
        w->stall->since = 0;
    }
    if (w->stall->since != w->seen)
        tl_stall_begin(w->stall, w->seen);
    w->stall->late = w->late;
    w->stall->waits = w->waits;
    w->stall->before = w->before;
    w->stall->measured_at = w->measured_at;
    return w->stall;
}

/* Read the stack of the step being watched; false if that failed or the step is over. */
static bool look(watched *w) {
    for (int tries = 0; tries < LOOKS; tries++) {
        const void *thread = atomic_load(&w->beat->thread);
        tally.looks++;
        bool read = tl_stack_read(&scratch, thread);
        /* Unchanged, so that the stack belongs to this step. */
        if (atomic_load(&w->beat->since) != w->seen)
            return false;
        if (read)
            return true;
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

static void schedule_next_look(watched *w, uint64_t now) {
    w->next_look = now + w->interval;
    w->interval += w->interval / 4;
}

/* Have the stack looked at by somebody who waits for the GIL: that may be long after. */
static void want_polite_look(watched *w) {
    tl_schedule sofar = {0, 0};
    uint64_t now = tl_beats_now();
    tl_schedule_read(&sofar, atomic_load(&w->beat->tid));
    tl_lock();
    bool news = w->wanted.since != w->seen; /* else the one before has not been taken yet */
    if (news)
        w->wanted = (tl_wanted){w->beat, w->seen, now, sofar.ran_ns};
    record(w); /* also if nobody gets to look: the stall was seen */
    tl_unlock();
    if (news)
        tl_polite_call();
    schedule_next_look(w, now);
}

static void sample(watched *w) {
    if (way == TL_STACKS_POLITE) {
        want_polite_look(w);
        return;
    }
    uint64_t begun = tl_beats_now(), spent = processor_ns();
    bool seen = way == TL_STACKS_NATIVE && look(w);
    tally.looking_ns += processor_ns() - spent;
    if (atomic_load(&w->beat->since) != w->seen)
        return;
    tl_lock();
    tl_stall *stall = record(w);
    if (stall != NULL && seen)
        tl_stall_add(stall, begun, &scratch, w->held_up);
    tl_unlock();
    if (seen)
        schedule_next_look(w, begun); /* else again in the next round */
}

double tl_beats_lost_s(const tl_stall *stall, const tl_schedule *spent) {
    double late_s = tl_beats_seconds(stall->late), starved_s = (double)spent->waited_ns / 1e9;
    return late_s > starved_s ? late_s : starved_s;
}

/* How much of `age` was the step's own doing. */
static double held_s(const tl_stall *stall, uint64_t age, const tl_schedule *spent) {
    double whole_s = tl_beats_seconds(age), lost_s = tl_beats_lost_s(stall, spent);
    return whole_s - lost_s - tl_stall_gil_s(stall, whole_s, lost_s, spent);
}

/* Whether the stall being watched can be announced and nobody has decided about it yet. */
static bool is_undecided(watched *w) {
    tl_lock();
    bool undecided = w->stall != NULL && w->stall->since == w->seen && !w->stall->decided &&
                     tl_stall_can_blame(w->stall);
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
    tl_stall *stall = w->stall;
    if (stall != NULL && stall->since == w->seen) {
        uint64_t now = tl_beats_now(), age = elapsed(now, w->seen);
        tl_schedule spent = {0, 0};
        stall->late = w->late;
        stall->waits = w->waits;
        if (told)
            spent = tl_stall_schedule(stall, now, &after);
        if (held_s(stall, age, &spent) >= tl_beats_seconds(ANNOUNCE_AFTER * slow)) {
            stall->decided = true;
            stall->announced = tl_announce_compose(stall, in_ns(age), in_ns(slow));
        }
    }
    bool write = stall != NULL && stall->announced;
    tl_unlock();
    if (write)
        tl_announce_write();
}

/* What the round does about one loop; whether that loop is running code. Says so if its step has
 * become suspicious. */
static bool inspect(watched *w, uint64_t late, bool *suspicious) {
    uint64_t since = atomic_load(&w->beat->since);
    uint64_t slow = atomic_load(&w->beat->slow);
    if (since == 0) {
        w->seen = 0;
        return false;
    }
    if (since == w->inherited || slow == 0)
        return false;
    uint64_t now = tl_beats_now(), age = elapsed(now, since);
    if (since != w->seen)
        turn_to(w, since);
    w->late += at_most(late, age);
    if (age >= slow / 4) {
        if (!w->measured)
            measure(w, now);
        ask(w, now);
        *suspicious = true;
    }
    if (age >= slow / 2 && now >= w->next_look)
        sample(w);
    if (age >= ANNOUNCE_AFTER * slow)
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

/* The record of the step, or an empty one if the step was noticed at all, or might have been. */
static tl_stall *detach(watched *w, uint64_t since, bool noticed) {
    tl_stall *stall = NULL;
    if (w->stall != NULL && w->stall->since == since) {
        stall = w->stall;
        w->stall = NULL;
    } else if (noticed && (stall = malloc(sizeof *stall)) != NULL) {
        tl_stall_begin(stall, since);
    }
    return stall;
}

tl_stall *tl_beats_take(const tl_beat *beat, uint64_t since, uint64_t overdue) {
    watched *w = find(beat);
    if (w == NULL || since == w->inherited || since == w->taken)
        return NULL;
    w->taken = since;
    tl_stall *stall = detach(w, since, w->seen == since || overdue > 0);
    if (stall == NULL)
        return NULL;
    if (w->seen == since) { /* in rounds, too, that had no reason to touch the record */
        stall->late = w->late;
        stall->waits = w->waits;
    }
    stall->late += at_most(overdue, elapsed(tl_beats_now(), since));
    return stall;
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
    if (w == NULL || w->seen != since || w->taken == since || atomic_load(&w->beat->since) != since)
        return;
    tally.looks++;
    w->waits.gil += locked_out;
    tl_stall *stall = record(w);
    if (stall != NULL)
        tl_stall_add(stall, tl_beats_now(), stack, locked_out > 0);
}
