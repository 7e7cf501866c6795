#include "layout.h"

#include "code.h"

#if TL_FRAMES

/* More bytecode than this in one code object is garbage, not code. */
#define LARGEST_CODE (1L << 28)

bool tl_code_read(tl_code *code, const void *address) {
    PyCodeObject raw;
    if (!tl_read(&raw, address, offsetof(PyCodeObject, co_code_adaptive)))
        return false;
    if (Py_TYPE((PyObject *)&raw) != &PyCode_Type || Py_REFCNT((PyObject *)&raw) <= 0)
        return false;
    code->units = (long)((PyVarObject *)&raw)->ob_size;
    code->first_line = raw.co_firstlineno;
    code->flags = raw.co_flags;
    code->first_traceable = raw._co_firsttraceable;
    code->filename = raw.co_filename;
    code->qualname = raw.co_qualname;
    code->linetable = raw.co_linetable;
    return code->units > 0 && code->units < LARGEST_CODE;
}

#else

bool tl_code_read(tl_code *code, const void *address) {
    (void)code, (void)address;
    return false;
}

#endif
