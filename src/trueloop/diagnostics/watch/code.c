#include "code.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "memory.h"

/* More bytecode than this in one code object is garbage, not code. */
#define LARGEST_CODE (1L << 28)

bool tl_code_read(tl_code *code, const void *address) {
    PyCodeObject object;
    if (!tl_read(&object, address, offsetof(PyCodeObject, co_code_adaptive)))
        return false;
    if (Py_TYPE((PyObject *)&object) != &PyCode_Type || Py_REFCNT((PyObject *)&object) <= 0)
        return false;
    code->units = (long)((PyVarObject *)&object)->ob_size;
    code->first_line = object.co_firstlineno;
    code->first_traceable = object._co_firsttraceable;
    code->filename = object.co_filename;
    code->qualname = object.co_qualname;
    code->linetable = object.co_linetable;
    return code->units > 0 && code->units < LARGEST_CODE;
}
