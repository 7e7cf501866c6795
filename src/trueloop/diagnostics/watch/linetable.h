/* The source line of an instruction, from a code object's location table (PEP 626, 3.11 and later).
 *
 * Law: knows the table's encoding and nothing of frames.
 */
#ifndef TL_LINETABLE_H
#define TL_LINETABLE_H

/* Line of instruction number `instruction` (in code units) by the bytes object at `table`, for
 * code that starts at `first_line`. An instruction that the compiler made up has no line: then
 * that of the instruction before it. 0 if the table cannot be read. */
int tl_line(const void *table, int first_line, int instruction);

#endif
