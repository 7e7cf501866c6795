/* How long a thread has run, and has been kept waiting for a processor.
 *
 * Law: asks the kernel's scheduler; knows no loops.
 */
#ifndef TL_SCHEDULE_H
#define TL_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tl_schedule {
    uint64_t ran_ns;    /* on a processor, since the thread began */
    uint64_t waited_ns; /* ready to run, but another had the processor */
} tl_schedule;

/* Schedule of the thread of this process with the kernel's id `tid`; false if the kernel does not
 * tell (no /proc, or built without scheduler statistics). Opens a file for the moment: not to be
 * called on a healthy program's hot path, where a descriptor that comes and goes may surprise code
 * that expects a certain number. */
bool tl_schedule_read(tl_schedule *schedule, int tid);

/* How long the thread with the kernel's id `tid` has run, exactly, in ns; 0: unknown. Opens nothing,
 * and takes less than 1 us. */
uint64_t tl_schedule_ran_ns(int tid);

/* Ask that the calling thread run soon after it wakes, also on a busy machine: it will need little
 * time. As far as the system permits; an ordinary user gets only a part. */
void tl_schedule_promptly(void);

#endif
