/* Frames: the code that is running right now, without making a frame object.
 *
 * Law: a part of cpython.h, which includes it: what is private in CPython, and differs by version.
 */
#ifndef TL_FRAMES_H
#define TL_FRAMES_H

#if PY_VERSION_HEX >= 0x030E0000
#define TL_TOP_FRAME(ts) ((ts)->current_frame)
#define TL_FRAME_CODE(f) ((PyCodeObject *)PyStackRef_AsPyObjectBorrow((f)->f_executable))
#elif PY_VERSION_HEX >= 0x030D0000
#define TL_TOP_FRAME(ts) ((ts)->current_frame)
#define TL_FRAME_CODE(f) ((PyCodeObject *)(f)->f_executable)
#else
#define TL_TOP_FRAME(ts) ((ts)->cframe->current_frame)
#define TL_FRAME_CODE(f) ((f)->f_code)
#endif

/* Frames that run no code of anybody's: those with which C enters the interpreter (3.12 and later),
 * and the one below a class's __init__ when the interpreter has made that call its own. */
#define TL_IS_SHIM(f) _PyFrame_IsIncomplete(f)

/* A table of code objects whose frames are plumbing (asyncio.create_task and its like): a task's
 * creation site is the first frame below them. Open addressing on the object's address; the table
 * owns its code objects, which live as long as the process does anyway. */
#define TL_PLUMBING_SLOTS 128

static inline PyObject **tl_plumbing_slot(PyObject **table, PyObject *code) {
    size_t i = ((uintptr_t)code >> 4) * 11400714819323198485u >> 57;
    PyObject *found;
    while ((found = TL_LOAD(table[i])) != NULL && found != code)
        i = (i + 1) & (TL_PLUMBING_SLOTS - 1);
    return &table[i];
}

static inline void tl_plumbing_put(PyObject **slot, PyObject *code) {
    TL_STORE(*slot, code);
}

/* The innermost Python frame's code (borrowed), or NULL. */
static inline PyObject *tl_running_code(void) {
    struct _PyInterpreterFrame *f = TL_TOP_FRAME(PyThreadState_Get());
    while (f != NULL && TL_IS_SHIM(f))
        f = f->previous;
    return f == NULL ? NULL : (PyObject *)TL_FRAME_CODE(f);
}

/* The innermost frame that is not plumbing: its code (a new reference, None if there is none) and
 * the offset in it. Looks at no more than eight frames: a deeper call was not made by asyncio's own helpers. */
static inline PyObject *tl_call_site(PyObject **plumbing, int *offset) {
    struct _PyInterpreterFrame *f = TL_TOP_FRAME(PyThreadState_Get());
    for (int depth = 0; f != NULL && depth < 8; f = f->previous) {
        if (TL_IS_SHIM(f))
            continue;
        PyObject *code = (PyObject *)TL_FRAME_CODE(f);
        if (*tl_plumbing_slot(plumbing, code) == NULL) {
            *offset = _PyInterpreterFrame_LASTI(f) * (int)sizeof(_Py_CODEUNIT);
            return Py_NewRef(code);
        }
        depth++;
    }
    *offset = -1;
    Py_RETURN_NONE;
}

/* The innermost frames: their code (new references) and the offsets in it; how many there are. */
static inline int tl_callers(PyObject **codes, int *offsets, int most) {
    struct _PyInterpreterFrame *f = TL_TOP_FRAME(PyThreadState_Get());
    int count = 0;
    for (; f != NULL && count < most; f = f->previous) {
        if (TL_IS_SHIM(f))
            continue;
        codes[count] = Py_NewRef((PyObject *)TL_FRAME_CODE(f));
        offsets[count++] = _PyInterpreterFrame_LASTI(f) * (int)sizeof(_Py_CODEUNIT);
    }
    return count;
}

/* How many frames a coroutine is to note of whoever makes it: what
 * sys.set_coroutine_origin_tracking_depth was given. */
static inline int tl_origin_depth(void) {
    return PyThreadState_Get()->coroutine_origin_tracking_depth;
}

/* Those frames as in cr_origin: (file, line, function), the innermost first; None if there are
 * none. */
static inline PyObject *tl_origin(int depth) {
    struct _PyInterpreterFrame *f = TL_TOP_FRAME(PyThreadState_Get());
    PyObject *found = PyList_New(0), *origin = NULL;
    for (; found != NULL && f != NULL && PyList_GET_SIZE(found) < depth; f = f->previous) {
        if (TL_IS_SHIM(f))
            continue;
        PyCodeObject *code = TL_FRAME_CODE(f);
        int offset = _PyInterpreterFrame_LASTI(f) * (int)sizeof(_Py_CODEUNIT);
        PyObject *entry = Py_BuildValue(
            "OiO", code->co_filename, PyCode_Addr2Line(code, offset), code->co_name);
        if (entry == NULL || PyList_Append(found, entry) < 0)
            Py_CLEAR(found);
        Py_XDECREF(entry);
    }
    if (found != NULL && PyList_GET_SIZE(found) == 0)
        origin = Py_NewRef(Py_None);
    else if (found != NULL)
        origin = PyList_AsTuple(found);
    Py_XDECREF(found);
    return origin;
}

#endif
