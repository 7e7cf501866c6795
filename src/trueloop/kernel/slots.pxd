"""Slots that Cython does not let a class define (slots.h)."""

from cpython.object cimport PyObject

cdef extern from *:
    """
    #include <Python.h>
    """
    ctypedef int PySendResult
    PySendResult PYGEN_RETURN
    PySendResult PYGEN_ERROR
    PySendResult PYGEN_NEXT

cdef extern from "slots.h":
    ctypedef PySendResult (*sendfunc)(PyObject *, PyObject *, PyObject **) noexcept
    ctypedef PyObject *(*iternextfunc)(PyObject *) noexcept
    ctypedef void (*destructor)(PyObject *) noexcept
    ctypedef int (*visitproc)(PyObject *, void *) noexcept
    ctypedef int (*traverseproc)(PyObject *, visitproc, void *) noexcept
    ctypedef int (*inquiry)(PyObject *) noexcept
    ctypedef PyObject *(*PyCFunction)(PyObject *, PyObject *) noexcept
    ctypedef struct PyTypeObject:
        destructor tp_dealloc
        traverseproc tp_traverse
        inquiry tp_clear
        void (*tp_free)(void *) noexcept
    ctypedef struct PyMethodDef:
        const char *ml_name
        PyCFunction ml_meth
        int ml_flags
        const char *ml_doc
    int METH_FASTCALL
    int METH_KEYWORDS
    int METH_NOARGS
    int METH_O
    int tl_set_awaiter(PyTypeObject *, sendfunc, iternextfunc) except -1
    int tl_add_method(PyTypeObject *, PyMethodDef *) except -1
    void tl_set_finalizer(PyTypeObject *, destructor) noexcept
    void tl_set_gc(PyTypeObject *, traverseproc, inquiry) noexcept
    object tl_rebound_method(PyTypeObject *, PyObject *)
    bint tl_is_method(PyObject *, PyObject *) noexcept
    void tl_set_dict_slot(PyTypeObject *, PyObject *, PyObject **) noexcept
    int tl_visit(PyObject *, visitproc, void *) noexcept
    PyObject *tl_instance_dict(PyObject *) noexcept
    Py_ssize_t tl_attribute_count(PyObject *) noexcept
