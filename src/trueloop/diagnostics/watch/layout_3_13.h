/* CPython 3.13: the thread points to the frame itself, and the frame to the instruction that runs
 * (before, to the one that precedes the next). Shim frames have None for a code object. */
#define TL_FRAMES 1
#define Py_BUILD_CORE 1
#include <internal/pycore_frame.h>
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
