/* A thread's Python stack at one moment, with files, lines and names.
 *
 * Law: turns a proven chain of frames into something to read. Does not know when to look.
 */
#ifndef TL_STACK_H
#define TL_STACK_H

#include <stdbool.h>

#include "frames.h"
#include "pool.h"

typedef struct tl_line_of {
    int file, function; /* numbers in the pool */
    int line;           /* 0: unknown */
} tl_line_of;

typedef struct tl_stack {
    int depth;
    bool truncated; /* there are more frames further out */
    tl_line_of frames[TL_DEPTH];
    tl_pool pool;
} tl_stack;

/* Read the stack of the thread whose PyThreadState is at `thread`; false if no look succeeded,
 * which with a running thread can happen: try again. Takes some 50 us; for one caller at a time. */
bool tl_stack_read(tl_stack *stack, const void *thread);

#endif
