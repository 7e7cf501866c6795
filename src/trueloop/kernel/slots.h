/* Slots that Cython does not let a class define.
 *
 * Law: changes types at import, before anybody can have made an object of them; knows none of ours.
 */
#ifndef TL_SLOTS_H
#define TL_SLOTS_H

#include <Python.h>

static PyObject *tl_return_self(PyObject *self) {
    return Py_NewRef(self);
}

/* Make a type its own awaiter: `await x` resumes `send` (3.11) or `next` (3.12 and later, and
 * Python subclasses on 3.11) directly, with no iterator object in between. */
static inline int tl_set_awaiter(PyTypeObject *type, sendfunc send, iternextfunc next) {
    if (type->tp_as_async == NULL) {
        PyErr_Format(PyExc_SystemError, "%s has no async slots", type->tp_name);
        return -1;
    }
    type->tp_as_async->am_send = send;
    type->tp_as_async->am_await = tl_return_self;
    type->tp_iternext = next;
    PyType_Modified(type);
    return 0;
}

/* Add a method written in C; replaces one of the same name. */
static inline int tl_add_method(PyTypeObject *type, PyMethodDef *method) {
    PyObject *descriptor = PyDescr_NewMethod(type, method);
    int result = descriptor == NULL
        ? -1 : PyDict_SetItemString(type->tp_dict, method->ml_name, descriptor);
    Py_XDECREF(descriptor);
    PyType_Modified(type);
    return result;
}

/* A method written in C as one of `type`, a subclass of the class it is from: a new reference, None if
 * it is none. */
static inline PyObject *tl_rebound_method(PyTypeObject *type, PyObject *method) {
    if (!Py_IS_TYPE(method, &PyMethodDescr_Type))
        Py_RETURN_NONE;
    return PyDescr_NewMethod(type, ((PyMethodDescrObject *)method)->d_method);
}

/* Whether both are the same method, whatever classes they were bound to. */
static inline int tl_is_method(PyObject *found, PyObject *method) {
    return found == method
        || (found != NULL && Py_IS_TYPE(found, &PyMethodDescr_Type)
            && Py_IS_TYPE(method, &PyMethodDescr_Type)
            && ((PyMethodDescrObject *)found)->d_method
                == ((PyMethodDescrObject *)method)->d_method);
}

static inline void tl_set_finalizer(PyTypeObject *type, destructor finalize) {
    type->tp_finalize = finalize;
    PyType_Modified(type);
}

/* Visit an object slot, unless it holds None: half of a future's slots do, and the collector spends
 * most of its time in calls of `visit`. */
static inline int tl_visit(PyObject *slot, visitproc visit, void *arg) {
    return slot == NULL || slot == Py_None ? 0 : visit(slot, arg);
}

/* An object's __dict__ (borrowed), or NULL while it has none. */
static inline PyObject *tl_instance_dict(PyObject *self) {
    PyObject **slot = _PyObject_GetDictPtr(self);
    return slot == NULL ? NULL : *slot;
}

/* How many attributes somebody has set on an object. */
static inline Py_ssize_t tl_attribute_count(PyObject *self) {
    PyObject *attributes = tl_instance_dict(self);
    return attributes == NULL ? 0 : PyDict_GET_SIZE(attributes);
}

/* Let objects have a __dict__, in a slot that may be NULL until somebody sets an attribute. Subclasses
 * inherit it. */
static inline void tl_set_dict_slot(PyTypeObject *type, PyObject *example, PyObject **slot) {
    type->tp_dictoffset = (char *)slot - (char *)example;
    PyType_Modified(type);
}

static inline void tl_set_gc(PyTypeObject *type, traverseproc traverse, inquiry clear) {
    type->tp_traverse = traverse;
    type->tp_clear = clear;
}

#endif
