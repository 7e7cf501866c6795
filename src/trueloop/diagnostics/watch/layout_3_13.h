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

static inline const void *tl_frame_bytecode(const tl_frame *frame, const void *code) {
    (void)frame;
    return tl_at(code, offsetof(PyCodeObject, co_code_adaptive));
}

static inline bool tl_frame_is_generator(const tl_frame *frame) {
    return frame->owner == FRAME_OWNED_BY_GENERATOR;
}

#define TL_GIL_SIZE sizeof(struct _gil_runtime_state)

static inline const void *tl_gil_of(const void *thread) {
    const void *interpreter, *gil;
    size_t field = offsetof(PyInterpreterState, ceval) + offsetof(struct _ceval_state, gil);
    if (!tl_read(&interpreter, tl_at(thread, offsetof(PyThreadState, interp)), sizeof(void *)) ||
        !tl_read(&gil, tl_at(interpreter, field), sizeof gil))
        return NULL;
    return gil;
}

static inline const void *tl_gil_holder(const void *gil) {
    struct _gil_runtime_state state;
    if (!tl_read(&state, gil, offsetof(struct _gil_runtime_state, cond)) || state.locked <= 0)
        return NULL;
    return state.last_holder;
}
