/* From CPython 3.14 on a frame may refer to an object without a reference of its own, as long as
 * another variable of the same frame has one. The collector knows; its visitors do not. */
#include "graph.h"

#if PY_VERSION_HEX >= 0x030E0000

#define Py_BUILD_CORE 1
#include <internal/pycore_interp_structs.h>
#include <internal/pycore_interpframe_structs.h>
#undef Py_BUILD_CORE

/* The low bits of an entry: 0 a reference, 1 none of its own (borrowed, or immortal), 3 an int. */
static void look_at_entry(tl_graph *graph, uintptr_t bits) {
    if ((bits & 3) != 1 || bits == 1)
        return;
    int32_t node = tl_graph_find(graph, (const PyObject *)(bits & ~(uintptr_t)3));
    if (node >= 0)
        graph->nodes[node].flags |= TL_ROOT;
}

void tl_mark_borrowed(tl_graph *graph, PyObject *object) {
    if (!PyGen_CheckExact(object) && !PyCoro_CheckExact(object) && !PyAsyncGen_CheckExact(object))
        return;
    PyGenObject *generator = (PyGenObject *)object;
    const _PyInterpreterFrame *frame = &generator->gi_iframe;
    if (frame->owner != FRAME_OWNED_BY_GENERATOR)
        return;
    look_at_entry(graph, frame->f_executable.bits);
    look_at_entry(graph, frame->f_funcobj.bits);
    for (const _PyStackRef *entry = frame->localsplus; entry < frame->stackpointer; entry++)
        look_at_entry(graph, entry->bits);
}

#else

void tl_mark_borrowed(tl_graph *graph, PyObject *object) {
    (void)graph, (void)object;
}

#endif
