/* A look at a stack by means that every Python offers: its public functions, and the GIL.
 *
 * Law: for a Python whose frames nobody has described in layout.h, or has described wrongly. A look
 * waits for the GIL and so comes late, or after the step, when C code keeps it; what it sees is
 * right. Not for free-threaded builds, where another thread's frames hold still for nobody.
 */
#ifndef TL_POLITE_H
#define TL_POLITE_H

#include <stdbool.h>

/* Whether this build of Python lets a thread look at another's frames. */
bool tl_polite_possible(void);

/* Look, again and again, when called to; until tl_polite_dismiss(). To be called with the GIL, on a
 * thread that has nothing else to do; returns with the GIL. */
void tl_polite_serve(void);

/* A look is wanted at what tl_beats_wanted() tells. Never waits. */
void tl_polite_call(void);

/* Send away whoever serves, now or soon. */
void tl_polite_dismiss(void);

/* In a forked child nobody serves. */
void tl_polite_renew(void);

#endif
