#include "graph.h"

#include <string.h>
#include <time.h>

enum {
    MOST_VISITS = 20000, /* an object that refers to more is looked into as far as this */
    MOST_LINKS = 1000,   /* coroutines that await each other */
    LOOK_AT_CLOCK = 128,
};

static PyObject *name_awaited, *name_state, *name_loop, *name_coroutine, *name_blocking;
static PyObject *name_cr_await, *name_gi_yieldfrom, *name_ag_await;

double tl_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

bool tl_graph_late(tl_graph *graph, double factor) {
    return tl_seconds() - graph->began > graph->most_s * factor;
}

/* -- nodes */

static uint32_t place_of(const PyObject *object) {
    uint64_t address = (uint64_t)(uintptr_t)object >> 4;
    return (uint32_t)((address * 0x9E3779B97F4A7C15ull) >> 32);
}

int32_t tl_graph_find(const tl_graph *graph, const PyObject *object) {
    uint32_t place = place_of(object) & graph->mask;
    while (graph->table[place] >= 0) {
        if (graph->nodes[graph->table[place]].object == object)
            return graph->table[place];
        place = (place + 1) & graph->mask;
    }
    return -1;
}

static void enter(tl_graph *graph, int32_t node) {
    uint32_t place = place_of(graph->nodes[node].object) & graph->mask;
    while (graph->table[place] >= 0)
        place = (place + 1) & graph->mask;
    graph->table[place] = node;
}

static bool grow_table(tl_graph *graph) {
    uint32_t size = (graph->mask + 1) * 2;
    int32_t *table = PyMem_RawMalloc(size * sizeof *table);
    if (table == NULL)
        return false;
    PyMem_RawFree(graph->table);
    memset(table, 0xFF, size * sizeof *table);
    graph->table = table;
    graph->mask = size - 1;
    for (int32_t i = 0; i < graph->count; i++)
        enter(graph, i);
    return true;
}

/* Room for one more in an array; false if there is no memory. */
static bool reserve(void **array, int32_t count, int32_t *capacity, size_t size) {
    if (count < *capacity)
        return true;
    int32_t wanted = *capacity < 256 ? 256 : *capacity * 2;
    void *grown = PyMem_RawRealloc(*array, (size_t)wanted * size);
    if (grown == NULL)
        return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

/* A new node, or -1 when the graph is full. */
static int32_t add_node(tl_graph *graph, PyObject *object) {
    if (graph->count >= graph->most_nodes)
        return -1;
    if (!reserve((void **)&graph->nodes, graph->count, &graph->capacity, sizeof(tl_node)) ||
        ((uint32_t)graph->count * 2 >= graph->mask && !grow_table(graph))) {
        graph->out_of_memory = true;
        return -1;
    }
    tl_node *node = &graph->nodes[graph->count];
    *node = (tl_node){.object = object, .candidate = -1, .waiters = -1};
    enter(graph, graph->count);
    return graph->count++;
}

static int32_t find_or_add(tl_graph *graph, PyObject *object) {
    int32_t node = tl_graph_find(graph, object);
    return node >= 0 ? node : add_node(graph, object);
}

/* Whether an object may take part: what the collector does not know of, and what is shared by the
 * whole program, stays outside. */
static bool takes_part(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    if (!PyType_HasFeature(type, Py_TPFLAGS_HAVE_GC) || type->tp_traverse == NULL)
        return false;
    return !PyType_Check(object) && !PyModule_Check(object) && !PyContext_CheckExact(object) &&
        !PyFrame_Check(object) && PyObject_GC_IsTracked(object);
}

/* -- looking into objects */

static int count(PyObject *object, void *argument) {
    tl_graph *graph = argument;
    if (--graph->visits_left < 0) {
        graph->cut_short = true;
        return 1;
    }
    if (object == NULL || object == graph->skipped[0] || object == graph->skipped[1])
        return 0;
    int32_t node = -1;
    if (takes_part(object))
        node = find_or_add(graph, object);
    if (node >= 0)
        graph->nodes[node].inside++;
    return 0;
}

void tl_graph_traverse(tl_graph *graph, int32_t node, visitproc visit) {
    PyObject *object = graph->nodes[node].object;
    graph->visits_left = MOST_VISITS;
    graph->skipped[0] = graph->skipped[1] = NULL;
    if (PyFunction_Check(object)) { /* the module's dictionary */
        graph->skipped[0] = ((PyFunctionObject *)object)->func_globals;
        graph->skipped[1] = ((PyFunctionObject *)object)->func_builtins;
    }
    (void)Py_TYPE(object)->tp_traverse(object, visit, graph);
}

static void expand(tl_graph *graph, int32_t node) {
    if (graph->nodes[node].flags & (TL_EXPANDED | TL_ENGINE))
        return;
    graph->nodes[node].flags |= TL_EXPANDED;
    tl_graph_traverse(graph, node, count);
    tl_mark_borrowed(graph, graph->nodes[node].object);
}

/* -- tasks */

/* An attribute that C code answers, as a borrowed reference: the object itself keeps it. NULL
 * without an error if Python code would answer, or there is none. */
static PyObject *native_attribute(PyObject *object, PyObject *name) {
    PyTypeObject *type = Py_TYPE(object);
    if (type->tp_getattro != PyObject_GenericGetAttr)
        return NULL;
    PyObject *descriptor = _PyType_Lookup(type, name);
    if (descriptor == NULL || !Py_IS_TYPE(descriptor, &PyGetSetDescr_Type))
        return NULL;
    PyObject *value = PyObject_GenericGetAttr(object, name);
    if (value == NULL) {
        PyErr_Clear();
        return NULL;
    }
    if (Py_REFCNT(value) == 1) { /* made for us: nobody keeps it */
        Py_DECREF(value);
        return NULL;
    }
    Py_DECREF(value);
    return value;
}

static bool is_pending(PyObject *future) {
    PyObject *state = native_attribute(future, name_state);
    return state != NULL && PyUnicode_Check(state) &&
        PyUnicode_CompareWithASCIIString(state, "PENDING") == 0;
}

/* The pending future that a task of this loop waits for, or NULL. */
static PyObject *awaited_by(const tl_graph *graph, PyObject *task) {
    if (!Py_IS_TYPE(task, graph->task_type) || native_attribute(task, name_loop) != graph->loop)
        return NULL;
    if (!is_pending(task))
        return NULL;
    PyObject *awaited = native_attribute(task, name_awaited);
    if (awaited == NULL || awaited == Py_None || awaited == task || !is_pending(awaited))
        return NULL;
    return awaited;
}

/* CPython's awaitables that only pass on to what they wrap. */
static bool is_wrapper(PyObject *object) {
    static const char *const names[] = {
        "async_generator_asend", "async_generator_athrow", "coroutine_wrapper", "anext_awaitable",
    };
    PyTypeObject *type = Py_TYPE(object);
    if (type->tp_traverse == NULL || PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(type->tp_name, names[i]) == 0)
            return true;
    return false;
}

static bool is_link(PyObject *object) {
    return PyCoro_CheckExact(object) || PyGen_CheckExact(object) ||
        PyAsyncGen_CheckExact(object) || is_wrapper(object);
}

static int first_link(PyObject *object, void *argument) {
    if (object == NULL || !is_link(object))
        return 0;
    *(PyObject **)argument = object;
    return 1;
}

/* What a suspended coroutine awaits; NULL at the end of the chain. */
static PyObject *next_in_chain(PyObject *object) {
    PyObject *next = NULL;
    if (PyCoro_CheckExact(object))
        next = native_attribute(object, name_cr_await);
    else if (PyGen_CheckExact(object))
        next = native_attribute(object, name_gi_yieldfrom);
    else if (PyAsyncGen_CheckExact(object))
        next = native_attribute(object, name_ag_await);
    else if (is_wrapper(object))
        (void)Py_TYPE(object)->tp_traverse(object, first_link, &next);
    return next == Py_None ? NULL : next;
}

static bool add_chain(tl_graph *graph, tl_candidate *candidate, PyObject *task) {
    PyObject *link = native_attribute(task, name_coroutine);
    candidate->chain = graph->chain_count;
    for (int links = 0; link != NULL && is_link(link); links++) {
        int32_t node = links < MOST_LINKS ? find_or_add(graph, link) : -1;
        if (node < 0 || !reserve((void **)&graph->chains, graph->chain_count,
                                 &graph->chain_capacity, sizeof(int32_t)))
            return false;
        if (graph->nodes[node].flags & (TL_CHAIN | TL_EXPANDED))
            break;
        graph->nodes[node].flags |= TL_CHAIN;
        graph->chains[graph->chain_count++] = node;
        candidate->chain_length++;
        link = next_in_chain(link);
    }
    return true;
}

/* Make a task a candidate; false when the graph is full: then the task counts as alive. */
static bool add_candidate(tl_graph *graph, int32_t node, PyObject *awaited) {
    PyObject *task = graph->nodes[node].object;
    if (!takes_part(awaited) || !takes_part(task))
        return true;
    if (!reserve((void **)&graph->candidates, graph->candidate_count, &graph->candidate_capacity,
                 sizeof(tl_candidate)))
        return false;
    tl_candidate candidate = {.node = node};
    int32_t chains_before = graph->chain_count;
    if ((candidate.awaited = find_or_add(graph, awaited)) < 0 ||
        !add_chain(graph, &candidate, task)) {
        for (int32_t i = chains_before; i < graph->chain_count; i++)
            graph->nodes[graph->chains[i]].flags &= ~(uint32_t)TL_CHAIN;
        graph->chain_count = chains_before;
        return false;
    }
    tl_node *future = &graph->nodes[candidate.awaited];
    candidate.next_waiter = future->waiters;
    future->waiters = graph->candidate_count;
    graph->nodes[node].flags |= TL_TASK;
    graph->nodes[node].candidate = graph->candidate_count;
    graph->candidates[graph->candidate_count++] = candidate;
    expand(graph, node);
    for (int32_t i = chains_before; i < graph->chain_count; i++)
        expand(graph, graph->chains[i]);
    return true;
}

bool tl_graph_add(tl_graph *graph, PyObject *task) {
    PyObject *awaited = awaited_by(graph, task);
    if (awaited == NULL)
        return true;
    int32_t node = find_or_add(graph, task);
    if (node < 0)
        return false;
    return graph->nodes[node].flags & (TL_TASK | TL_ENGINE) || add_candidate(graph, node, awaited);
}

void tl_graph_expand(tl_graph *graph) {
    for (int32_t i = 0; i < graph->count; i++) {
        PyObject *object = graph->nodes[i].object;
        if (i % LOOK_AT_CLOCK == 0 && tl_graph_late(graph, 1.0))
            return;
        if (!Py_IS_TYPE(object, graph->task_type)) {
            expand(graph, i);
        } else if (!(graph->nodes[i].flags & (TL_TASK | TL_ENGINE))) {
            PyObject *awaited = awaited_by(graph, object);
            if (awaited != NULL)
                (void)add_candidate(graph, i, awaited);
            else if (!is_pending(object))
                expand(graph, i);
        }
    }
}

/* -- from what acts by itself to the tasks that it knows */

void tl_graph_begin_at(tl_graph *graph, PyObject *object) {
    graph->visits_left = 1;
    (void)count(object, graph);
}

bool tl_graph_follow(tl_graph *graph) {
    for (int32_t i = 0; i < graph->count; i++) {
        if (i % LOOK_AT_CLOCK == 0 && tl_graph_late(graph, 1.0))
            return false;
        if (_PyType_Lookup(Py_TYPE(graph->nodes[i].object), name_blocking) == NULL)
            expand(graph, i); /* a future or task tells only those who wait for it */
    }
    return !graph->out_of_memory && !graph->cut_short && graph->count < graph->most_nodes;
}

/* -- the graph's life */

void tl_graph_exclude(tl_graph *graph, PyObject *object) {
    int32_t node = takes_part(object) ? find_or_add(graph, object) : -1;
    if (node >= 0)
        graph->nodes[node].flags |= TL_ENGINE;
}

static int exclude(PyObject *object, void *argument) {
    if (object != NULL)
        tl_graph_exclude(argument, object);
    return 0;
}

bool tl_graph_init(tl_graph *graph, PyTypeObject *task_type, PyObject *loop, int32_t most_nodes,
                   double most_s) {
    if (name_awaited == NULL &&
        (!(name_state = PyUnicode_InternFromString("_state")) ||
         !(name_loop = PyUnicode_InternFromString("_loop")) ||
         !(name_coroutine = PyUnicode_InternFromString("_coro")) ||
         !(name_blocking = PyUnicode_InternFromString("_asyncio_future_blocking")) ||
         !(name_cr_await = PyUnicode_InternFromString("cr_await")) ||
         !(name_gi_yieldfrom = PyUnicode_InternFromString("gi_yieldfrom")) ||
         !(name_ag_await = PyUnicode_InternFromString("ag_await")) ||
         !(name_awaited = PyUnicode_InternFromString("_fut_waiter"))))
        return false;
    *graph = (tl_graph){
        .task_type = task_type, .loop = loop, .most_nodes = most_nodes, .most_s = most_s,
        .began = tl_seconds(), .mask = 511,
    };
    graph->mask = 255;
    if (!grow_table(graph)) {
        PyErr_NoMemory();
        return false;
    }
    (void)exclude(loop, graph);
    (void)Py_TYPE(loop)->tp_traverse(loop, exclude, graph);
    return true;
}

void tl_graph_free(tl_graph *graph) {
    PyMem_RawFree(graph->nodes);
    PyMem_RawFree(graph->table);
    PyMem_RawFree(graph->candidates);
    PyMem_RawFree(graph->chains);
    PyMem_RawFree(graph->stack);
}
