/* What a code object says of itself, read safely.
 *
 * Law: the fields of PyCodeObject the watch needs, and nothing of frames. They have had these names
 * since 3.11, in all versions that layout.h knows.
 */
#ifndef TL_CODE_H
#define TL_CODE_H

#include <stdbool.h>

typedef struct tl_code {
    long units; /* length of the bytecode, in code units */
    int first_line;
    int flags;           /* CO_* */
    int first_traceable; /* number of the first instruction of a frame that is set up: RESUME */
    const void *filename, *qualname, *linetable; /* addresses of Python objects */
} tl_code;

/* False if there is no living code object at `address`. */
bool tl_code_read(tl_code *code, const void *address);

#endif
