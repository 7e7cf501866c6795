/* Strings, each kept once, in a bounded space: the frames of many samples name few files.
 *
 * Law: plain C strings in, small numbers out; a number stays good until the pool is cleared.
 */
#ifndef TL_POOL_H
#define TL_POOL_H

#include <stdint.h>

#define TL_POOL_BYTES 49152
#define TL_POOL_SLOTS 1024 /* a power of two */

typedef struct tl_pool {
    uint32_t used;                 /* bytes of `text` */
    uint32_t count;                /* strings */
    uint16_t slots[TL_POOL_SLOTS]; /* hash table: where a string starts in `text`, plus one */
    char text[TL_POOL_BYTES];
} tl_pool;

void tl_pool_clear(tl_pool *pool);

/* Number of `string`, which is copied if it is new; -1 if there is no room for it. */
int tl_pool_add(tl_pool *pool, const char *string);

static inline const char *tl_pool_get(const tl_pool *pool, int number) {
    return pool->text + number;
}

#endif
