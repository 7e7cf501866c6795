#include "pool.h"

#include <string.h>

_Static_assert(TL_POOL_BYTES < UINT16_MAX, "a place in the text must fit into a slot");

void tl_pool_clear(tl_pool *pool) {
    pool->used = pool->count = 0;
    memset(pool->slots, 0, sizeof pool->slots);
}

static uint32_t hash(const char *string) { /* FNV-1a */
    uint32_t h = 2166136261u;
    for (; *string; string++)
        h = (h ^ (unsigned char)*string) * 16777619u;
    return h;
}

int tl_pool_add(tl_pool *pool, const char *string) {
    uint32_t slot = hash(string) % TL_POOL_SLOTS;
    for (; pool->slots[slot] != 0; slot = (slot + 1) % TL_POOL_SLOTS)
        if (strcmp(pool->text + pool->slots[slot] - 1, string) == 0)
            return pool->slots[slot] - 1;
    size_t size = strlen(string) + 1;
    /* Some slots stay empty, so that the search above ends. */
    if (size > TL_POOL_BYTES - pool->used || pool->count >= TL_POOL_SLOTS - TL_POOL_SLOTS / 8)
        return -1;
    memcpy(pool->text + pool->used, string, size);
    int number = (int)pool->used;
    pool->slots[slot] = (uint16_t)(number + 1);
    pool->used += (uint32_t)size;
    pool->count++;
    return number;
}
