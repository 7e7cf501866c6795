#define _GNU_SOURCE
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "lock.h"
#include "memory.h"
#include "places.h"
#include "schedule.h"

/* Ordinary wake-ups come late by up to this much on a machine with work to do. More is a machine
 * that stood still, a stopped process, or a starved one. */
#define USUAL_LATENESS_S 0.005

#define STACK_SIZE (256 * 1024)
/* How long to wait for the thread's end. It can take long only in a write to a full pipe. */
#define END_WITHIN_S 2

static tl_watch_setup setup;
static pthread_t thread;
static pid_t owner;      /* the process that started the thread; 0: it does not run */
static bool straggler;   /* a thread that did not end in time is still there */
static bool quit;        /* under the lock */
static uint64_t due;     /* ticks at which the present sleep ends, 0 while awake; under the lock */

static uint64_t lateness(uint64_t now) {
    if (due == 0 || now <= due || tl_beats_seconds(now - due) < USUAL_LATENESS_S)
        return 0;
    return now - due;
}

static uint64_t sleep_until_next_round(uint64_t ns) {
    due = tl_beats_now() + (uint64_t)((double)ns * setup.ticks_per_s / 1e9);
    tl_lock_wait(ns);
    uint64_t late = lateness(tl_beats_now());
    due = 0;
    return late;
}

static void *watch(void *nothing) {
    uint64_t late = 0;
    (void)nothing;
    tl_schedule_promptly();
    tl_lock();
    while (!quit) {
        tl_unlock();
        uint64_t ns = tl_beats_round(late);
        tl_lock();
        if (!quit)
            late = sleep_until_next_round(ns);
    }
    tl_unlock();
    return NULL;
}

/* Signals belong to the program's threads, so the watch thread is born with all of them blocked. */
static int spawn(void) {
    sigset_t every, before;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    int error = pthread_create(&thread, &attributes, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (error == 0)
        pthread_setname_np(thread, "trueloop-watch");
    return error;
}

static int launch(bool inherited) {
    quit = false;
    due = 0;
    tl_lock_renew();
    tl_memory_open(); /* if nothing can be read, stalls are measured all the same */
    tl_beats_open(setup.beats, setup.ticks_per_s, setup.hardware_counter);
    if (inherited)
        tl_beats_inherit();
    int error = spawn();
    if (error == 0) {
        owner = getpid();
    } else {
        tl_beats_close();
        tl_memory_close();
    }
    return error;
}

/* A fork that Python was not told of (made by a C library): find out before anything else. */
static void notice_fork(void) {
    if (owner != 0 && owner != getpid())
        tl_watch_after_fork_in_child();
}

static bool is_running_with(const tl_watch_setup *wanted) {
    return owner != 0 && setup.beats == wanted->beats && setup.ticks_per_s == wanted->ticks_per_s &&
           setup.hardware_counter == wanted->hardware_counter;
}

int tl_watch_start(const tl_watch_setup *wanted) {
    notice_fork();
    if (is_running_with(wanted))
        return 0;
    tl_watch_stop();
    if (straggler && pthread_tryjoin_np(thread, NULL) != 0)
        return EBUSY;
    straggler = false;
    setup = *wanted;
    return launch(false);
}

static bool join(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_WITHIN_S;
    return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

void tl_watch_stop(void) {
    notice_fork();
    if (owner == 0)
        return;
    tl_lock();
    quit = true;
    tl_lock_wake();
    tl_unlock();
    owner = 0;
    straggler = !join();
    if (straggler)
        return; /* it still uses its records; it will see `quit` when it comes back */
    tl_beats_close();
    tl_memory_close();
}

const tl_watch_setup *tl_watch_running(void) {
    notice_fork();
    return owner != 0 ? &setup : NULL;
}

tl_stall *tl_watch_take(const tl_beat *beat, uint64_t since) {
    notice_fork();
    if (owner == 0)
        return NULL;
    tl_lock();
    /* The watch may not have woken yet from a pause of the whole process that the step has left
     * behind already. */
    tl_stall *stall = tl_beats_take(beat, since, lateness(tl_beats_now()));
    tl_unlock();
    return stall;
}

void tl_watch_before_fork(void) {
    tl_lock();
}

void tl_watch_after_fork_in_parent(void) {
    tl_unlock();
}

void tl_watch_after_fork_in_child(void) {
    bool ran = owner != 0;
    owner = 0;
    straggler = false; /* it stayed in the parent */
    tl_lock_renew();
    if (!ran)
        return;
    tl_beats_close();
    tl_memory_close(); /* a pipe would be shared with the parent */
    tl_forget_written();
    launch(true);
}
