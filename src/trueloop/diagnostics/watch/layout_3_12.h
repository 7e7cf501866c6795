/* CPython 3.12: as 3.11, and each entry from C code into the interpreter has a shim frame on the
 * C stack, whose fields other than `previous` and `owner` mean nothing. */
#define TL_FRAMES 1
#define Py_BUILD_CORE 1
#include <internal/pycore_frame.h>
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
