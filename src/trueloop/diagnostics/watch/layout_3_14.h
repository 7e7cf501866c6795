/* CPython 3.14 and 3.15: as 3.13, but the code object is a tagged reference, and two kinds of
 * frame stand for C code (every owner from FRAME_OWNED_BY_INTERPRETER on). */
#define TL_FRAMES 1
#define Py_BUILD_CORE 1
#include <internal/pycore_interpframe_structs.h>
#undef Py_BUILD_CORE

typedef _PyInterpreterFrame tl_frame;

static inline const void *tl_current_frame(const void *thread) {
    const void *frame;
    const void *field = tl_at(thread, offsetof(PyThreadState, current_frame));
    return tl_read(&frame, field, sizeof frame) ? frame : NULL;
}

static inline bool tl_frame_is_shim(const tl_frame *frame) {
    return frame->owner >= FRAME_OWNED_BY_INTERPRETER;
}

static inline const void *tl_frame_code(const tl_frame *frame) {
    /* The low bits of the reference say whether it is counted. */
    return (const void *)(frame->f_executable.bits & ~(uintptr_t)3);
}

static inline const void *tl_frame_instruction(const tl_frame *frame) {
    return frame->instr_ptr;
}

static inline bool tl_frame_is_generator(const tl_frame *frame) {
    return frame->owner == FRAME_OWNED_BY_GENERATOR;
}

static inline const void *tl_gil_of(const PyThreadState *thread, size_t *size) {
    (void)thread; /* not proven here yet */
    *size = 0;
    return NULL;
}

static inline const void *tl_gil_holder(const void *gil) {
    (void)gil;
    return NULL;
}
