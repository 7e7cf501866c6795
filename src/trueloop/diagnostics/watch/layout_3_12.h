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
    if (!tl_read(&state, gil, offsetof(struct _gil_runtime_state, cond)) || state.locked._value <= 0)
        return NULL;
    return (const void *)state.last_holder._value;
}
