/* One look at the chain of Python frames of a thread that may be running.
 *
 * Law: follows pointers and checks their types; does not know files, lines or stalls.
 */
#ifndef TL_FRAMES_H
#define TL_FRAMES_H

#include <stdbool.h>

#include "code.h"

/* Frames looked at, innermost first; what lies further out is left off. */
#define TL_DEPTH 64

typedef struct tl_place {
    const void *frame; /* addresses, never followed without a check */
    const void *code;
    tl_code says;    /* what was read at `code` */
    int instruction; /* its number in the code, in code units */
    const void *at;  /* and its address */
} tl_place;

typedef struct tl_chain {
    int depth;
    bool complete; /* reaches the thread's outermost frame */
    tl_place places[TL_DEPTH];
} tl_chain;

/* Whether frames can be read in the Python this was compiled for. */
bool tl_frames_supported(void);

/* Look at the thread whose PyThreadState is at `thread`; false if what is there is no chain. */
bool tl_chain_look(tl_chain *chain, const void *thread);

typedef struct tl_probe { /* where a thread is, in two addresses */
    const void *frame, *instruction;
} tl_probe;

/* Where the thread is just now; takes some 2 us. False if that cannot be read. */
bool tl_chain_probe(tl_probe *probe, const void *thread);

/* Whether a frame of this code is a coroutine's, or an asynchronous generator's. */
bool tl_is_coroutine(const tl_code *code);

/* Reduce `second` to what both looks prove: the outermost frames of `first` and `second` that are
 * the same, the innermost of them wherever it was in the second look. */
void tl_chain_agree(tl_chain *second, const tl_chain *first);

#endif
