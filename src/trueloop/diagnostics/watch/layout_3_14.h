/* CPython 3.14 and 3.15: as 3.13, but the code object is a tagged reference, and every owner from
 * FRAME_OWNED_BY_INTERPRETER on stands for C code: an entry into the interpreter, and in 3.15 the
 * sentinel below a thread's outermost frame. */
#define TL_FRAMES 1
#define Py_BUILD_CORE 1
#include <internal/pycore_interp_structs.h>
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

/* Without the GIL each thread has a copy of the bytecode for itself; number 0 is the one in the code
 * object. Written for 3.14t from the headers, but never run: no such build was at hand. */
static inline const void *tl_frame_bytecode(const tl_frame *frame, const void *code) {
#ifdef Py_GIL_DISABLED
    const void *copies, *copy;
    Py_ssize_t count, number = frame->tlbc_index;
    if (number != 0) {
        if (!tl_read(&copies, tl_at(code, offsetof(PyCodeObject, co_tlbc)), sizeof copies) ||
            !tl_read(&count, tl_at(copies, offsetof(_PyCodeArray, size)), sizeof count) ||
            number < 0 || number >= count ||
            !tl_read(&copy, tl_at(copies, offsetof(_PyCodeArray, entries) +
                                              (size_t)number * sizeof copy), sizeof copy))
            return NULL;
        return copy;
    }
#else
    (void)frame;
#endif
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
