/* The finding `blocked-loop`, written while the loop is still blocked.
 *
 * Law: composes one text and one JSON line from a stall and writes each with a single write(2). The
 * program may never run Python again, so nobody else could say it.
 */
#ifndef TL_ANNOUNCE_H
#define TL_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "stall.h"

/* Where to write; -1 is nowhere. Under the lock. */
void tl_announce_to(int text_fd, int json_fd, bool coloured);

/* Compose the lines about `stall`, which has lasted `age_ns` of `slow_ns` permitted, and was so long
 * at each thing (tl_stall_account), `lost_s` aside in which it was starved or stopped; false if
 * there is nothing to say: nowhere to write (or a full pipe), a debugger at work, or a place
 * that is silenced or written already. Under the lock. */
bool tl_announce_compose(tl_stall *stall, uint64_t age_ns, uint64_t slow_ns,
                         const double at_s[TL_DOINGS], double lost_s);

/* Write what was composed. Never waits for a reader that does not read. Without the lock. */
void tl_announce_write(void);

#endif
