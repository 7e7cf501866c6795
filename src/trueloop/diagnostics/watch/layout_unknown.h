/* A CPython whose frames nobody has described here: the watch measures stalls and names no line. */
#define TL_FRAMES 0

static inline const void *tl_gil_of(const PyThreadState *thread, size_t *size) {
    (void)thread; /* there may be none */
    *size = 0;
    return NULL;
}

static inline const void *tl_gil_holder(const void *gil) {
    (void)gil;
    return NULL;
}
