/* Where the supported CPython versions differ, and what their C API does not offer in public.
 *
 * Law: every private CPython name that the native code uses, and every PY_VERSION_HEX, stands here
 * or in the two parts of this, frames.h and runningloop.h. docs/internals/cpython-versions.md says
 * what to check when a new CPython comes.
 */
#ifndef TL_CPYTHON_H
#define TL_CPYTHON_H

#include <Python.h>

#include "freethreading.h"

#if PY_VERSION_HEX < 0x030B0000
#error "trueloop needs CPython 3.11 or later"
#endif

#define Py_BUILD_CORE 1
#include "internal/pycore_context.h"
#if PY_VERSION_HEX >= 0x030E0000
#include "internal/pycore_interpframe.h"
#include "internal/pycore_tstate.h"
#else
#include "internal/pycore_frame.h"
#endif
#undef Py_BUILD_CORE

/* Exported by all supported versions; 3.13 and later declare it in internal headers only. */
PyAPI_FUNC(int) _PyGen_FetchStopIterationValue(PyObject **);

#include "frames.h"

/* ---- types ---- */

/* What the class of `self` has under a name (borrowed), whatever the instance itself has. */
static inline PyObject *tl_type_attribute(PyObject *self, PyObject *name) {
    return _PyType_Lookup(Py_TYPE(self), name);
}

/* Methods of objects that may have a __dict__ are found fast by 3.11 if they have one, by later
 * versions if they have none yet. */
#define TL_DICT_AT_ONCE (PY_VERSION_HEX < 0x030C0000)

/* Changes with whatever is changed in a class or in its bases; 0: not known. */
static inline unsigned int tl_version_of_class(PyObject *type) {
    return ((PyTypeObject *)type)->tp_version_tag;
}

/* The same of the class of `self`. */
static inline unsigned int tl_class_version(PyObject *self) {
    return Py_TYPE(self)->tp_version_tag;
}

/* ---- weak references ---- */

/* What a weak reference refers to: a new reference; NULL if that has died, or `reference` is none. */
static inline PyObject *tl_referent(PyObject *reference) {
    PyObject *found = NULL;
    if (!PyWeakref_CheckRefExact(reference))
        return NULL;
#if PY_VERSION_HEX >= 0x030D0000
    (void)PyWeakref_GetRef(reference, &found);
    return found;
#else
    found = PyWeakref_GetObject(reference);
    return found == Py_None ? NULL : Py_NewRef(found);
#endif
}

/* ---- exceptions ---- */

/* The exception being raised, with its traceback attached: a new reference; nothing is raised after. */
static inline PyObject *tl_take_raised(void) {
#if PY_VERSION_HEX >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == NULL)
        return NULL;
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

/* Raise an exception as it is, with its own traceback. Steals the reference. */
static inline void tl_raise(PyObject *exc) {
#if PY_VERSION_HEX >= 0x030C0000
    PyErr_SetRaisedException(exc);
#else
    PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(exc)), exc, PyException_GetTraceback(exc));
#endif
}

/* Raise `exc` as the statement `raise exc` would: __context__ is set to what is being handled.
 * Borrows. */
static inline void tl_raise_chained(PyObject *exc) {
    PyObject *traceback = PyException_GetTraceback(exc);
    PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
    if (traceback != NULL) {
        /* PyErr_SetObject of 3.11 keeps an instance's traceback only if one is given */
#if PY_VERSION_HEX < 0x030C0000
        PyObject *t, *v, *b;
        PyErr_Fetch(&t, &v, &b);
        Py_XDECREF(b);
        PyErr_Restore(t, v, Py_NewRef(traceback));
#endif
        Py_DECREF(traceback);
    }
}

/* Whether a StopIteration is kept: up to 3.11 an await needs none, and without a GIL another thread
 * would find it there. */
#if PY_VERSION_HEX >= 0x030C0000 && !defined(Py_GIL_DISABLED)
#define TL_KEEPS_STOP 1
#else
#define TL_KEEPS_STOP 0
#endif

/* End an iteration with `value`: NULL, with StopIteration set unless the value is None.
 * One StopIteration is kept in *kept and used again while nobody else holds it; not unless
 * `is_emptied`: whoever has called will empty it. */
static inline PyObject *tl_stop_iteration(PyObject **kept, int is_emptied, PyObject *value) {
    if (value == Py_None)
        return NULL;
    if (!TL_KEEPS_STOP || !is_emptied) {
        PyObject *fresh = PyObject_CallOneArg(PyExc_StopIteration, value);
        if (fresh != NULL)
            tl_raise(fresh);
        return NULL;
    }
    PyStopIterationObject *stop = (PyStopIterationObject *)*kept;
    *kept = NULL; /* what is dropped below may run Python code that comes here again */
    if (stop != NULL && Py_REFCNT(stop) == 1) {
        PyObject *args = PyTuple_Pack(1, value);
        if (args == NULL) {
            Py_DECREF(stop);
            return NULL;
        }
        Py_XSETREF(stop->args, args);
        Py_XSETREF(stop->value, Py_NewRef(value));
    } else {
        Py_XDECREF(stop);
        stop = (PyStopIterationObject *)PyObject_CallOneArg(PyExc_StopIteration, value);
        if (stop == NULL)
            return NULL;
    }
    Py_XSETREF(*kept, Py_NewRef((PyObject *)stop));
    tl_raise((PyObject *)stop);
    return NULL;
}

/* Empty a kept StopIteration that has done its work: it must not keep the value alive. */
static inline void tl_empty_stop(PyObject *kept) {
    PyStopIterationObject *stop = (PyStopIterationObject *)kept;
    if (stop == NULL || stop->value == Py_None || Py_REFCNT(stop) != 1)
        return;
    Py_CLEAR(stop->traceback);
    Py_CLEAR(stop->context);
    Py_CLEAR(stop->cause);
    Py_XSETREF(stop->args, PyTuple_New(0));
    Py_XSETREF(stop->value, Py_NewRef(Py_None));
}

/* The field `notes` of an exception: there since 3.11, visited and cleared by CPython, and used by nobody:
 * add_note() keeps its list in the attribute __notes__. */
static inline PyObject **tl_spare_slot(PyObject *exc) {
    return &((PyBaseExceptionObject *)exc)->notes;
}

/* ---- coroutines ---- */

/* Resume a coroutine: send None, or throw `exc` (borrowed) if it is not NULL. */
static inline PySendResult tl_resume(PyObject *coro, PyObject *exc, PyObject **result) {
    static PyObject *name = NULL;
    if (exc == NULL)
        return PyIter_Send(coro, Py_None, result);
    /* two threads may both come here first: they find the same string */
    if (name == NULL && (name = PyUnicode_InternFromString("throw")) == NULL)
        return PYGEN_ERROR;
    *result = PyObject_CallMethodOneArg(coro, name, exc);
    if (*result != NULL)
        return PYGEN_NEXT;
    return _PyGen_FetchStopIterationValue(result) == 0 ? PYGEN_RETURN : PYGEN_ERROR;
}

/* ---- contexts: what a ContextVar sees is one pointer to an immutable map ---- */

/* The map of the thread's current context (borrowed), or NULL if it has none yet. */
static inline PyObject *tl_current_map(void) {
    PyObject *context = PyThreadState_Get()->context;
    return context == NULL ? NULL : (PyObject *)((PyContext *)context)->ctx_vars;
}

static inline PyObject *tl_context_map(PyObject *context) {
    return (PyObject *)((PyContext *)context)->ctx_vars;
}

static inline int tl_context_is_entered(PyObject *context) {
    return ((PyContext *)context)->ctx_entered;
}

/* A new Context with the contents of `map`. */
static inline PyObject *tl_context_from_map(PyObject *map) {
    PyObject *context = PyContext_New();
    if (context != NULL) {
        PyHamtObject *empty = ((PyContext *)context)->ctx_vars;
        ((PyContext *)context)->ctx_vars = (PyHamtObject *)Py_NewRef(map);
        Py_DECREF(empty);
    }
    return context;
}

/* ---- where asyncio looks for the current task ---- */

#if PY_VERSION_HEX >= 0x030E0000

/* A slot of the thread state, which owns its task. No public function reads or writes it without a
 * Python-level call, so it is touched here; task.pyx makes sure at import that it is the one. */
static inline PyObject **tl_current_task_slot(void) {
    return &((_PyThreadStateImpl *)PyThreadState_Get())->asyncio_running_task;
}

static inline int tl_publish_task(PyObject *tasks, PyObject *loop, Py_hash_t hash, PyObject *task) {
    (void)tasks, (void)loop, (void)hash;
    PyObject **slot = tl_current_task_slot();
    PyObject *before = *slot;
    *slot = Py_NewRef(task);
    Py_XDECREF(before);
    return 0;
}

static inline void tl_unpublish_task(PyObject *tasks, PyObject *loop, Py_hash_t hash) {
    (void)tasks, (void)loop, (void)hash;
    Py_CLEAR(*tl_current_task_slot());
}

#else

static inline PyObject **tl_current_task_slot(void) {
    return NULL;
}

/* A dict, loop -> task. Its functions are exported; 3.13 declares them in internal headers only. */
PyAPI_FUNC(int) _PyDict_SetItem_KnownHash(PyObject *, PyObject *, PyObject *, Py_hash_t);
PyAPI_FUNC(int) _PyDict_DelItem_KnownHash(PyObject *, PyObject *, Py_hash_t);

static inline int tl_publish_task(PyObject *tasks, PyObject *loop, Py_hash_t hash, PyObject *task) {
    return _PyDict_SetItem_KnownHash(tasks, loop, task, hash);
}

static inline void tl_unpublish_task(PyObject *tasks, PyObject *loop, Py_hash_t hash) {
    if (_PyDict_DelItem_KnownHash(tasks, loop, hash) < 0)
        PyErr_Clear(); /* somebody else took it out: that is what we wanted */
}

#endif

#endif
