#include "graph.h"

#include <stddef.h>

/* -- what is alive from the start */

static bool is_weakly_known(PyObject *object) {
    Py_ssize_t offset = Py_TYPE(object)->tp_weaklistoffset;
    return offset != 0 && *(PyObject **)((char *)object + offset) != NULL;
}

/* A weak reference with a callback acts when its object dies. */
static bool acts_by_itself(PyObject *object) {
    return PyWeakref_Check(object) && ((PyWeakReference *)object)->wr_callback != NULL;
}

static bool is_root(const tl_node *node) {
    return (node->flags & TL_ROOT) || Py_REFCNT(node->object) > node->inside ||
        is_weakly_known(node->object) || acts_by_itself(node->object);
}

/* -- marking */

static void push(tl_graph *graph, int32_t node) {
    if (graph->stack_count == graph->stack_capacity) {
        int32_t wanted = graph->stack_capacity < 256 ? 256 : graph->stack_capacity * 2;
        int32_t *grown = PyMem_RawRealloc(graph->stack, (size_t)wanted * sizeof *grown);
        if (grown == NULL) {
            graph->out_of_memory = true;
            return;
        }
        graph->stack = grown;
        graph->stack_capacity = wanted;
    }
    graph->stack[graph->stack_count++] = node;
}

static void mark(tl_graph *graph, int32_t node) {
    if (graph->nodes[node].flags & TL_MARKED)
        return;
    graph->nodes[node].flags |= TL_MARKED;
    push(graph, node);
}

/* The task will run again, and with it all that it refers to is alive. */
static void wake(tl_graph *graph, int32_t candidate) {
    const tl_candidate *task = &graph->candidates[candidate];
    mark(graph, task->node);
    for (int32_t i = 0; i < task->chain_length; i++)
        mark(graph, graph->chains[task->chain + i]);
}

static bool has_attributes(PyObject *task) {
    PyObject **slot = _PyObject_GetDictPtr(task);
    return slot != NULL && *slot != NULL && *slot != Py_None && PyDict_GET_SIZE(*slot) > 0;
}

static int reach(PyObject *object, void *argument) {
    tl_graph *graph = argument;
    if (--graph->visits_left < 0)
        return 1;
    if (object == NULL || object == graph->skipped[0] || object == graph->skipped[1])
        return 0;
    int32_t node = tl_graph_find(graph, object);
    if (node < 0 || graph->nodes[node].flags & (TL_MARKED | TL_CHAIN | TL_ENGINE))
        return 0;
    if (graph->nodes[node].flags & TL_TASK)
        graph->nodes[node].flags |= TL_HELD;
    else
        mark(graph, node);
    return 0;
}

static bool spread(tl_graph *graph) {
    for (int32_t done = 0; graph->stack_count; done++) {
        if (done % 256 == 255 && tl_graph_late(graph, 4.0))
            return false;
        int32_t node = graph->stack[--graph->stack_count];
        for (int32_t i = graph->nodes[node].waiters; i >= 0;
             i = graph->candidates[i].next_waiter)
            wake(graph, i);
        if (graph->nodes[node].flags & TL_EXPANDED)
            tl_graph_traverse(graph, node, reach);
    }
    return !graph->out_of_memory;
}

bool tl_graph_judge(tl_graph *graph, Py_ssize_t references_of_loop) {
    for (int32_t i = 0; i < graph->count; i++) {
        tl_node *node = &graph->nodes[i];
        if (node->flags & (TL_CHAIN | TL_ENGINE))
            continue;
        if (node->flags & TL_TASK) {
            Py_ssize_t known = node->inside + references_of_loop;
            if (node->flags & TL_ROOT || Py_REFCNT(node->object) > known ||
                is_weakly_known(node->object))
                node->flags |= TL_HELD;
            if (has_attributes(node->object)) /* who holds the task may look at them */
                wake(graph, node->candidate);
        } else if (is_root(node)) {
            mark(graph, i);
        }
    }
    for (int32_t i = 0; i < graph->candidate_count; i++) {
        const tl_node *awaited = &graph->nodes[graph->candidates[i].awaited];
        bool is_other_task = Py_IS_TYPE(awaited->object, graph->task_type);
        if ((awaited->flags & TL_ENGINE) || (is_other_task && !(awaited->flags & TL_TASK)))
            wake(graph, i); /* what it waits for lives its own life */
    }
    return spread(graph);
}

bool tl_graph_judge_held(tl_graph *graph) {
    bool changed = true;
    while (changed) {
        changed = false;
        for (int32_t i = 0; i < graph->candidate_count; i++) {
            const tl_node *task = &graph->nodes[graph->candidates[i].node];
            if ((task->flags & (TL_HELD | TL_MARKED)) == TL_HELD) {
                wake(graph, i);
                changed = true;
            }
        }
        if (!spread(graph))
            return false;
    }
    return true;
}
