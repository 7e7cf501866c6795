/* The garbage collector of an interpreter, and the names of its threads.
 *
 *   tl_is_collecting(thread)  somebody collects garbage in the interpreter of the PyThreadState at
 *                             `thread`: that thread, or with a wait in between another one
 *   tl_thread_ident(thread)   threading.get_ident() of it; 0: unknown
 * The names are the same from 3.11 to 3.15.
 */
#if TL_FRAMES
#define TL_COLLECTING_AT \
    (offsetof(PyInterpreterState, gc) + offsetof(struct _gc_runtime_state, collecting))

static inline bool tl_is_collecting(const void *thread) {
    const void *interpreter;
    int collecting;
    return tl_read(&interpreter, tl_at(thread, offsetof(PyThreadState, interp)), sizeof(void *)) &&
           tl_read(&collecting, tl_at(interpreter, TL_COLLECTING_AT), sizeof collecting) &&
           collecting == 1;
}

static inline unsigned long tl_thread_ident(const void *thread) {
    unsigned long ident;
    return tl_read(&ident, tl_at(thread, offsetof(PyThreadState, thread_id)), sizeof ident) ? ident
                                                                                            : 0;
}

#else
static inline bool tl_is_collecting(const void *thread) {
    (void)thread;
    return false;
}

static inline unsigned long tl_thread_ident(const void *thread) {
    (void)thread;
    return 0;
}
#endif
