/* The Python module: checks arguments, holds the collector still, and makes the answer. */
#include "graph.h"

#ifndef Py_GIL_DISABLED

/* (task, certain) for each candidate that nothing alive can wake; NULL with an error set. */
static PyObject *answer(tl_graph *graph, const bool *stranded) {
    PyObject *found = PyList_New(0);
    for (int32_t i = 0; found != NULL && i < graph->candidate_count; i++) {
        const tl_node *node = &graph->nodes[graph->candidates[i].node];
        if (!stranded[i])
            continue;
        PyObject *one =
            Py_BuildValue("(OO)", node->object, node->flags & TL_MARKED ? Py_False : Py_True);
        if (one == NULL || PyList_Append(found, one) < 0)
            Py_CLEAR(found);
        Py_XDECREF(one);
    }
    return found;
}

static PyObject *judged(tl_graph *graph, Py_ssize_t references_of_loop, Py_ssize_t taken) {
    bool *stranded = PyMem_RawCalloc((size_t)graph->candidate_count + 1, sizeof *stranded);
    bool was_done = stranded != NULL && !graph->out_of_memory &&
        tl_graph_judge(graph, references_of_loop);
    for (int32_t i = 0; was_done && i < graph->candidate_count; i++)
        stranded[i] = !(graph->nodes[graph->candidates[i].node].flags & TL_MARKED);
    was_done = was_done && tl_graph_judge_held(graph);
    PyObject *found = was_done ? answer(graph, stranded) : Py_NewRef(Py_None);
    PyMem_RawFree(stranded);
    if (found == NULL)
        return NULL;
    return Py_BuildValue("(Nnii)", found, taken, (int)graph->candidate_count, (int)graph->count);
}

/* Those of `tasks` that the graph has met. */
static PyObject *met(const tl_graph *graph, PyObject *tasks) {
    PyObject *found = PyList_New(0);
    for (Py_ssize_t i = 0; found != NULL && i < PyList_GET_SIZE(tasks); i++) {
        PyObject *task = PyList_GET_ITEM(tasks, i);
        if (tl_graph_find(graph, task) >= 0 && PyList_Append(found, task) < 0)
            Py_CLEAR(found);
    }
    return found;
}

#endif

static PyObject *stranded(PyObject *module, PyObject *arguments) {
    PyObject *tasks, *loop, *alive;
    PyTypeObject *task_type;
    Py_ssize_t first, references_of_loop;
    int most_nodes;
    double most_s;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "O!nO!O!Oidn", &PyList_Type, &tasks, &first, &PyList_Type,
                          &alive, &PyType_Type, &task_type, &loop, &most_nodes, &most_s,
                          &references_of_loop))
        return NULL;
    if (Py_TYPE(loop)->tp_traverse == NULL || most_nodes < 1) {
        PyErr_SetString(PyExc_ValueError, "a loop that can be traversed and a budget are needed");
        return NULL;
    }
#ifdef Py_GIL_DISABLED
    (void)first, (void)most_s, (void)references_of_loop;
    Py_RETURN_NONE; /* counts of references are spread over threads: nothing can be proved */
#else
    tl_graph graph;
    int was_enabled = PyGC_Disable(); /* an attribute that is looked up must not start it */
    PyObject *result = NULL;
    if (tl_graph_init(&graph, task_type, loop, most_nodes, most_s)) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(alive); i++)
            tl_graph_exclude(&graph, PyList_GET_ITEM(alive, i));
        Py_ssize_t size = PyList_GET_SIZE(tasks), taken = 0;
        first = size == 0 || first < 0 ? 0 : first % size;
        /* A third of the budget for the tasks themselves, the rest for what is around them. */
        while (taken < size && graph.count < most_nodes / 3 &&
               (taken % 64 != 63 || !tl_graph_late(&graph, 1.0 / 3))) {
            if (!tl_graph_add(&graph, PyList_GET_ITEM(tasks, (first + taken) % size)))
                break;
            taken++;
        }
        tl_graph_expand(&graph);
        result = judged(&graph, references_of_loop, taken);
        tl_graph_free(&graph);
    }
    if (was_enabled)
        PyGC_Enable();
    return result;
#endif
}

static PyObject *known_to(PyObject *module, PyObject *arguments) {
    PyObject *sources, *tasks, *loop;
    PyTypeObject *task_type;
    int most_nodes;
    double most_s;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "O!O!O!Oid", &PyList_Type, &sources, &PyList_Type, &tasks,
                          &PyType_Type, &task_type, &loop, &most_nodes, &most_s))
        return NULL;
#ifdef Py_GIL_DISABLED
    Py_RETURN_NONE;
#else
    tl_graph graph;
    int was_enabled = PyGC_Disable();
    PyObject *result = NULL;
    if (tl_graph_init(&graph, task_type, loop, most_nodes, most_s)) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(sources); i++)
            tl_graph_begin_at(&graph, PyList_GET_ITEM(sources, i));
        result = tl_graph_follow(&graph) ? met(&graph, tasks) : Py_NewRef(Py_None);
        tl_graph_free(&graph);
    }
    if (was_enabled)
        PyGC_Enable();
    return result;
#endif
}

static PyMethodDef functions[] = {
    {"stranded", stranded, METH_VARARGS, NULL},
    {"known_to", known_to, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "trueloop.diagnostics.reachability._native",
    .m_doc = "Which waiting tasks nothing alive can wake (see trueloop.diagnostics.reachability).",
    .m_size = 0,
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__native(void) {
    return PyModuleDef_Init(&definition);
}
