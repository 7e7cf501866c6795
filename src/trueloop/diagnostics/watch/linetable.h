/* The source line of an instruction, from a code object's location table (PEP 626, 3.11 and later).
 *
 * Law: knows the table's encoding and nothing of frames.
 */
#ifndef TL_LINETABLE_H
#define TL_LINETABLE_H

typedef struct tl_span { /* where in the source */
    int line;        /* 0: unknown */
    int column, end; /* in bytes from 0: on this line, and where it ends; -1: unknown */
    int more_lines;  /* so many lines further down */
} tl_span;

/* Place of instruction number `instruction` (in code units) by the bytes object at `table`, for
 * code that starts at `first_line`. An instruction that the compiler made up has no line: then
 * that of the instruction before it. Line 0 if the table cannot be read. */
tl_span tl_line(const void *table, int first_line, int instruction);

#endif
