/* A CPython whose frames nobody has described here. */
#define TL_FRAMES 0
#define TL_GIL_SIZE 1

static inline const void *tl_gil_of(const void *thread) {
    (void)thread;
    return NULL;
}

static inline const void *tl_gil_holder(const void *gil) {
    (void)gil;
    return NULL;
}
