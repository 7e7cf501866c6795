/* A Python string of unknown health, copied out as UTF-8.
 *
 * Law: knows the layout of `str` in memory; no owner, no reference count.
 */
#ifndef TL_PYSTRING_H
#define TL_PYSTRING_H

#include <stdbool.h>
#include <stddef.h>

/* Write the string at `address`, cut to fit into `capacity` bytes with its final zero, never
 * within a character. Surrogates (undecodable bytes of a file name) keep their three-byte form.
 * False if there is no string of the exact type str in its usual, compact form. */
bool tl_string_read(char *out, size_t capacity, const void *address);

#endif
