/* The same loop in C, which calls a Python Protocol for everything that happens: what is left of an
 * event loop when only the calls are.
 *
 *     import calling
 *     calling.serve(listening_fd, protocol_factory)
 *
 * The protocol gets connection_made(transport), data_received(bytes) and connection_lost(None); the
 * transport has write(bytes). An exception ends the process.
 */
#define PY_SSIZE_T_CLEAN
#define _GNU_SOURCE
#include <Python.h>

#include "serving.h"

struct transport {
    PyObject_HEAD
    struct connection *connection; /* NULL once it is lost */
    PyObject *protocol;
};

static PyObject *factory, *name_made, *name_received, *name_lost;

static PyObject *checked(PyObject *answer)
{
    if (!answer) {
        PyErr_Print();
        exit(1);
    }
    return answer;
}

static PyObject *transport_write(PyObject *self, PyObject *data)
{
    struct connection *c = ((struct transport *)self)->connection;
    if (!PyBytes_Check(data))
        return PyErr_Format(PyExc_TypeError, "write() takes bytes");
    if (c)
        put(c, PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data));
    Py_RETURN_NONE;
}

static PyMethodDef transport_methods[] = {
    {"write", transport_write, METH_O, "Send bytes."}, {NULL, NULL, 0, NULL}};

static void transport_dealloc(PyObject *self)
{
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject transport_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "calling.Transport",
    .tp_basicsize = sizeof(struct transport),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = transport_dealloc,
    .tp_methods = transport_methods,
};

static void opened(struct connection *c)
{
    struct transport *transport = PyObject_New(struct transport, &transport_type);
    checked((PyObject *)transport);
    transport->connection = c;
    transport->protocol = checked(PyObject_CallNoArgs(factory));
    c->state = transport;
    Py_DECREF(checked(
        PyObject_CallMethodOneArg(transport->protocol, name_made, (PyObject *)transport)));
}

static void received(struct connection *c, const char *data, size_t size)
{
    struct transport *transport = c->state;
    PyObject *bytes = checked(PyBytes_FromStringAndSize(data, (Py_ssize_t)size));
    Py_DECREF(checked(PyObject_CallMethodOneArg(transport->protocol, name_received, bytes)));
    Py_DECREF(bytes);
}

static void lost(struct connection *c)
{
    struct transport *transport = c->state;
    transport->connection = NULL;
    Py_DECREF(checked(PyObject_CallMethodOneArg(transport->protocol, name_lost, Py_None)));
    Py_DECREF(transport->protocol);
    Py_DECREF(transport);
}

static PyObject *calling_serve(PyObject *module, PyObject *arguments)
{
    int listening;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "iO", &listening, &factory))
        return NULL;
    serve(listening);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"serve", calling_serve, METH_VARARGS, "Serve until the process is ended."},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "calling", .m_size = -1, .m_methods = methods};

PyMODINIT_FUNC PyInit_calling(void)
{
    name_made = PyUnicode_InternFromString("connection_made");
    name_received = PyUnicode_InternFromString("data_received");
    name_lost = PyUnicode_InternFromString("connection_lost");
    if (!name_made || !name_received || !name_lost || PyType_Ready(&transport_type) < 0)
        return NULL;
    return PyModule_Create(&definition);
}
