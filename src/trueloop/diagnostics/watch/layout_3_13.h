/* CPython 3.13: the thread points to the frame itself, and the frame to the instruction that runs
 * (before, to the one that precedes the next). Shim frames have None for a code object. */
#define TL_FRAMES 1
#define Py_BUILD_CORE 1
#include <internal/pycore_frame.h>
#undef _PyGC_FINALIZED /* the header of the collector makes its own */
#include <internal/pycore_interp.h>
#undef Py_BUILD_CORE

typedef _PyInterpreterFrame tl_frame;

static inline const void *tl_current_frame(const void *thread) {
    const void *frame;
    const void *field = tl_at(thread, offsetof(PyThreadState, current_frame));
    return tl_read(&frame, field, sizeof frame) ? frame : NULL;
}

static inline bool tl_frame_is_shim(const tl_frame *frame) {
    return frame->owner == FRAME_OWNED_BY_CSTACK;
}

static inline const void *tl_frame_code(const tl_frame *frame) {
    return frame->f_executable;
}

static inline const void *tl_frame_instruction(const tl_frame *frame) {
    return frame->instr_ptr;
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
    if (__atomic_load_n(&state->locked, __ATOMIC_RELAXED) <= 0)
        return NULL;
    return __atomic_load_n(&state->last_holder, __ATOMIC_RELAXED);
}
