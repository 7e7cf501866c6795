/* Reads of this process's own memory that cannot crash it.
 *
 * Law: the one place that touches an address it was merely told. The kernel copies the bytes and
 * answers EFAULT where a plain load would be a segmentation fault. Knows nothing of Python. For one
 * reading thread at a time.
 */
#ifndef TL_MEMORY_H
#define TL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Choose how to read; false if this system permits no way. tl_memory_close() gives back what it
 * took. */
bool tl_memory_open(void);
void tl_memory_close(void);

/* "process_vm_readv", "pipe", or "none" while closed. */
const char *tl_memory_way(void);

/* `offset` bytes after `base`: computed as a number, since a pointer read from unknown memory
 * may be anything, and C has no meaning for a pointer that overflows. */
static inline const void *tl_at(const void *base, size_t offset) {
    return (const void *)((uintptr_t)base + offset);
}

/* Copy `size` bytes from `from`; false, with `to` undefined, unless all of them are readable. */
bool tl_read(void *to, const void *from, size_t size);

/* Copy `least` bytes and, with the same call, what follows them in memory: up to `most` bytes, but
 * not into a page that `least` bytes do not reach. How many were copied; 0 if not even `least`. */
size_t tl_read_ahead(void *to, const void *from, size_t least, size_t most);

#endif
