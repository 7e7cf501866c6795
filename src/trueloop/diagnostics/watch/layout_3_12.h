/* CPython 3.12: as 3.11, and each entry from C code into the interpreter has a shim frame on the
 * C stack, whose fields other than `previous` and `owner` mean nothing. */
#define TL_FRAMES 1
#define Py_BUILD_CORE 1
#include <internal/pycore_frame.h>
#undef _PyGC_FINALIZED /* the header of the collector makes its own */
#include <internal/pycore_interp.h>
#undef Py_BUILD_CORE

typedef _PyInterpreterFrame tl_frame;

static inline const void *tl_current_frame(const void *thread) {
    const void *cframe, *frame;
    if (!tl_read(&cframe, tl_at(thread, offsetof(PyThreadState, cframe)), sizeof cframe) ||
        !tl_read(&frame, tl_at(cframe, offsetof(_PyCFrame, current_frame)), sizeof frame))
        return NULL;
    return frame;
}

static inline bool tl_frame_is_shim(const tl_frame *frame) {
    return frame->owner == FRAME_OWNED_BY_CSTACK;
}

static inline const void *tl_frame_code(const tl_frame *frame) {
    return frame->f_code;
}

static inline const void *tl_frame_instruction(const tl_frame *frame) {
    return frame->prev_instr; /* see 3.11 */
}

static inline bool tl_frame_is_generator(const tl_frame *frame) {
    return frame->owner == FRAME_OWNED_BY_GENERATOR;
}

static inline const void *tl_gil_of(const PyThreadState *thread, size_t *size) {
    *size = sizeof *thread->interp->ceval.gil;
    return thread->interp->ceval.gil;
}

/* PyThreadState of who has it; NULL if nobody. */
static inline const void *tl_gil_holder(const void *gil) {
    const struct _gil_runtime_state *state = gil;
    if (__atomic_load_n(&state->locked._value, __ATOMIC_RELAXED) <= 0)
        return NULL;
    return (const void *)__atomic_load_n(&state->last_holder._value, __ATOMIC_RELAXED);
}
