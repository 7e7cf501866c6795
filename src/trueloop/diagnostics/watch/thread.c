#define _GNU_SOURCE
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "gil.h"
#include "lock.h"
#include "memory.h"
#include "places.h"
#include "polite.h"
#include "schedule.h"

/* Ordinary wake-ups come late by up to this much on a machine with work to do. More is a machine
 * that stood still, a stopped process, or a starved one. */
#define USUAL_LATENESS_S 0.005

#define STACK_SIZE (256 * 1024)
/* How long to wait for the thread's end. It can take long only in a write to a full pipe. */
#define END_WITHIN_S 2

/* Guards what starting, stopping and forking change. Whoever has it may take the lock of lock.h,
 * and waits for nothing in Python. */
static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static tl_watch_setup setup;
static pthread_t thread;
static _Atomic(pid_t) owner; /* the process that started the thread; 0: it does not run */
static _Atomic(int) tid;      /* of the thread, as gettid(2) tells */
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
    tid = (int)syscall(SYS_gettid);
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

static void forget_all(void) {
    tl_lock();
    tl_beats_close();
    tl_unlock();
    tl_memory_close();
}

/* `python`: see tl_watch_start(); NULL in a forked child, where all is as it was. */
static int launch(const void *python) {
    quit = false;
    due = 0;
    tid = 0;
    tl_memory_open(); /* if nothing can be read, stalls are measured all the same */
    if (setup.stacks != TL_STACKS_NATIVE)
        tl_gil_forget();
    else if (python != NULL)
        tl_gil_locate(python);
    tl_beats_open(setup.beats, setup.ticks_per_s, setup.hardware_counter, setup.stacks);
    if (python == NULL)
        tl_beats_inherit();
    int error = spawn();
    if (error == 0)
        owner = getpid();
    else
        forget_all();
    return error;
}

/* A fork that Python was not told of (made by a C library): find out before anything else. */
static void notice_fork(void) {
    pid_t who = owner; /* once: another thread may be stopping the watch */
    if (who != 0 && who != getpid())
        tl_watch_after_fork_in_child();
}

static bool is_running_with(const tl_watch_setup *wanted) {
    return owner != 0 && setup.beats == wanted->beats && setup.ticks_per_s == wanted->ticks_per_s &&
           setup.hardware_counter == wanted->hardware_counter && setup.stacks == wanted->stacks;
}

static bool join(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_WITHIN_S;
    return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

static void stop(void) {
    if (owner == 0)
        return;
    tl_polite_dismiss();
    tl_lock();
    quit = true;
    tl_lock_wake();
    tl_unlock();
    owner = 0;
    straggler = !join();
    if (!straggler)
        forget_all(); /* else it still uses its records, and sees `quit` when it comes back */
}

static int start(const tl_watch_setup *wanted, const void *python) {
    if (is_running_with(wanted))
        return 0;
    stop();
    if (straggler && pthread_tryjoin_np(thread, NULL) != 0)
        return EBUSY;
    straggler = false;
    setup = *wanted;
    return launch(python);
}

int tl_watch_start(const tl_watch_setup *wanted, const void *python) {
    notice_fork();
    pthread_mutex_lock(&door);
    int error = start(wanted, python);
    pthread_mutex_unlock(&door);
    return error;
}

void tl_watch_stop(void) {
    notice_fork();
    pthread_mutex_lock(&door);
    stop();
    pthread_mutex_unlock(&door);
}

bool tl_watch_running(tl_watch_setup *running) {
    notice_fork();
    pthread_mutex_lock(&door);
    bool runs = owner != 0;
    *running = setup;
    pthread_mutex_unlock(&door);
    return runs;
}

bool tl_watch_try(tl_stack *stack, const void *python) {
    notice_fork();
    pthread_mutex_lock(&door);
    bool read = owner == 0 && !straggler && tl_memory_open();
    if (read) {
        read = tl_stack_read(stack, python);
        tl_memory_close();
    }
    pthread_mutex_unlock(&door);
    return read;
}

typedef tl_stall *take_from(const tl_beat *beat, uint64_t since, uint64_t overdue);

static tl_stall *take(take_from *take_it, const tl_beat *beat, uint64_t since) {
    notice_fork();
    if (owner == 0)
        return NULL;
    tl_lock();
    /* The watch may not have woken yet from a pause of the whole process that the step has left
     * behind already. */
    tl_stall *stall = take_it(beat, since, lateness(tl_beats_now()));
    tl_unlock();
    return stall;
}

tl_stall *tl_watch_take(const tl_beat *beat, uint64_t since) {
    return take(tl_beats_take, beat, since);
}

tl_stall *tl_watch_take_pass(const tl_beat *beat, uint64_t since) {
    return take(tl_beats_take_pass, beat, since);
}

int tl_watch_tid(void) {
    return owner == getpid() ? (int)tid : 0;
}

void tl_watch_before_fork(void) {
    pthread_mutex_lock(&door);
    tl_lock();
}

void tl_watch_after_fork_in_parent(void) {
    tl_unlock();
    pthread_mutex_unlock(&door);
}

void tl_watch_after_fork_in_child(void) {
    bool ran = owner != 0;
    owner = 0;
    straggler = false; /* it stayed in the parent */
    pthread_mutex_init(&door, NULL);
    tl_lock_renew();
    tl_polite_renew();
    if (!ran)
        return;
    forget_all(); /* a pipe would be shared with the parent */
    tl_forget_written();
    launch(NULL);
}
