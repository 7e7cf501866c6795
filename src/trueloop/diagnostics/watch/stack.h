/* A thread's Python stack at one moment, with files, lines and names.
 *
 * Law: turns a proven chain of frames into something to read. Does not know when to look.
 */
#ifndef TL_STACK_H
#define TL_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "frames.h"
#include "pool.h"

typedef struct tl_line_of {
    int file, function; /* numbers in the pool */
    int line;           /* 0: unknown */
    int16_t column, end, more_lines; /* as in tl_span; -1, too, if it is too far out */
} tl_line_of;

_Static_assert(TL_DEPTH <= 64, "each frame has a bit");

typedef struct tl_stack {
    int depth;
    bool truncated; /* there are more frames further out */
    tl_line_of frames[TL_DEPTH];
    uint64_t coroutines;   /* bit i: frame i is a coroutine's */
    int opcode;            /* of the innermost frame, maybe a specialised one; -1: unknown */
    tl_pool pool;
} tl_stack;

/* Look at the stack of the thread whose PyThreadState is at `thread`; false if the look failed,
 * which with a running thread can happen: try again. Takes some 15 us; for one caller at a time. */
bool tl_stack_look(const void *thread);

/* Put what the last look saw into words. Some 40 us. */
bool tl_stack_describe(tl_stack *stack);

/* Both. */
bool tl_stack_read(tl_stack *stack, const void *thread);

#endif
