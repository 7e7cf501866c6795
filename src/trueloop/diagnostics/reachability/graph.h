/* Graph: the objects around some tasks, and how many references to each come from among them.
 *
 * Law: looks only. While a graph is built and judged nothing of Python runs and nothing is
 * destroyed; it owns no reference, and lives no longer than one call.
 *
 * What may be left out is left out whenever it is large, foreign or doubtful: an object that is not
 * looked into accounts for none of the references to others, which then seem to come from outside,
 * and what is referred to from outside is alive. So every limit errs towards "alive".
 */
#ifndef TL_GRAPH_H
#define TL_GRAPH_H

#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    TL_EXPANDED = 1, /* its references have been counted */
    TL_ENGINE = 2,   /* the loop and its parts: alive, and not looked into */
    TL_TASK = 4,     /* a candidate: a task that waits */
    TL_CHAIN = 8,    /* a coroutine of a candidate: who holds it cannot get at its variables */
    TL_ROOT = 16,    /* alive whatever its count of references */
    TL_MARKED = 32,  /* something alive reaches it */
    TL_HELD = 64,    /* a candidate that something alive could cancel */
};

typedef struct {
    PyObject *object;
    Py_ssize_t inside; /* references from objects that were looked into */
    uint32_t flags;
    int32_t candidate; /* of a task; else -1 */
    int32_t waiters;   /* first candidate that waits for this object; -1: none */
} tl_node;

typedef struct {
    int32_t node;
    int32_t awaited;     /* node of what the task waits for */
    int32_t next_waiter; /* next candidate that waits for the same */
    int32_t chain;       /* place of its first coroutine in tl_graph.chains */
    int32_t chain_length;
} tl_candidate;

typedef struct {
    PyTypeObject *task_type;
    PyObject *loop;
    int32_t most_nodes;
    double most_s;
    double began;
    bool out_of_memory;
    bool cut_short; /* an object with very many references was not looked into to its end */

    tl_node *nodes;
    int32_t count, capacity;
    int32_t *table; /* indices into nodes, -1: empty; its size is a power of two */
    uint32_t mask;
    tl_candidate *candidates;
    int32_t candidate_count, candidate_capacity;
    int32_t *chains;
    int32_t chain_count, chain_capacity;
    int32_t *stack;
    int32_t stack_count, stack_capacity;

    PyObject *skipped[2]; /* referents of the object under way that do not count */
    int32_t visits_left;
} tl_graph;

bool tl_graph_init(tl_graph *graph, PyTypeObject *task_type, PyObject *loop, int32_t most_nodes,
                   double most_s);
void tl_graph_free(tl_graph *graph);

/* Take `task` in as a candidate if it waits for something; false when the graph is full. */
bool tl_graph_add(tl_graph *graph, PyObject *task);
/* Look into everything that has not been looked into, nearest first, as far as limits allow. */
void tl_graph_expand(tl_graph *graph);
/* Take in an object; and tl_graph_follow all that it leads to without a future in between. */
void tl_graph_begin_at(tl_graph *graph, PyObject *object);
/* False if a limit was reached. */
bool tl_graph_follow(tl_graph *graph);
/* Never look into `object`: it is alive. */
void tl_graph_exclude(tl_graph *graph, PyObject *object);

int32_t tl_graph_find(const tl_graph *graph, const PyObject *object); /* -1: not there */
/* Call visit for what the object of a node refers to, as it was done when it was expanded. */
void tl_graph_traverse(tl_graph *graph, int32_t node, visitproc visit);
bool tl_graph_late(tl_graph *graph, double factor);
double tl_seconds(void); /* processor time of this thread: a busy machine must not make a pass vain */

/* Whether the object's frame refers to something without a reference of its own; each such object
 * becomes a root. */
void tl_mark_borrowed(tl_graph *graph, PyObject *object);

/* Find out who is alive: true, or false if there was no time. Afterwards a candidate that nothing
 * alive can wake has no TL_MARKED; it has TL_HELD if something alive could cancel it. */
bool tl_graph_judge(tl_graph *graph, Py_ssize_t references_of_loop);
/* Let everything that is held be cancelled, and so woken: what is left is certain. */
bool tl_graph_judge_held(tl_graph *graph);

#endif
