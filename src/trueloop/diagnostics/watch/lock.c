#define _GNU_SOURCE
#include "lock.h"

#include <pthread.h>
#include <time.h>

#define SECOND_NS 1000000000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake;

void tl_lock(void) {
    pthread_mutex_lock(&lock);
}

void tl_unlock(void) {
    pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void make(void) {
    tl_lock_renew(); /* the condition's clock cannot be chosen by an initialiser */
}

void tl_lock_renew(void) {
    pthread_condattr_t monotonic;
    pthread_mutex_init(&lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void tl_lock_wait(uint64_t ns) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ns / SECOND_NS);
    until.tv_nsec += (long)(ns % SECOND_NS);
    if (until.tv_nsec >= SECOND_NS) {
        until.tv_sec++;
        until.tv_nsec -= SECOND_NS;
    }
    pthread_cond_timedwait(&wake, &lock, &until);
}

void tl_lock_wake(void) {
    pthread_cond_signal(&wake);
}
