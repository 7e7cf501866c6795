/* Pools: objects of one type that died and wait to be born again.
 *
 * Law: knows memory, not what lies in it. A crowd of tasks that comes and goes costs no malloc, and
 * the garbage collector, which counts allocations to decide when to run, is not called for it.
 *
 * TL_POOL(name, limit) makes name_alloc and name_free, for the slots tp_alloc and tp_free of one
 * exact type (a subclass made in Python has slots of its own and never gets here), whose objects die in
 * turn if they hold each other (deaths.h). The pool owns the
 * memory of at most `limit` objects, linked through what was the reference count. Under
 * AddressSanitizer there are no pools, so that it sees every use after free; without the GIL there
 * are none either, since a pool has no lock.
 *
 * TL_UNCOUNTED_POOL(name, limit) is for objects that make no cycle without another container that the
 * program made for it (a handle's callback, say). A crowd larger than the pool is not counted by the
 * collector either: what it looks for, it finds when it is called for the other containers.
 *
 * TL_SPARES(name, limit) goes further, for objects that live for a moment: when one dies, tp_dealloc
 * may empty it and call name_keep(), and it lives on as it is, owned by the spares; unless that says
 * no. name_take() hands one over, or NULL.
 */
#ifndef TL_POOL_H
#define TL_POOL_H

#include "deaths.h"

#if defined(Py_GIL_DISABLED) || defined(__SANITIZE_ADDRESS__)

#define TL_POOL(name, limit)                                                                       \
    TL_DEATHS(name)                                                                                \
    static void name##_install(PyTypeObject *type) { name##_in_turn(type); }
#define TL_UNCOUNTED_POOL(name, limit)                                                             \
    static void name##_install(PyTypeObject *type) { (void)type; }

#else

typedef struct {
    PyObject *first;
    int count;
} tl_pool;

/* Memory for an object, with room for what the collector keeps in front of it; NULL: none. */
static inline PyObject *tl_uncounted(PyTypeObject *type) {
    tl_gc_head *head = PyObject_Malloc(sizeof *head + (size_t)type->tp_basicsize);
    return head == NULL ? PyErr_NoMemory() : (PyObject *)(head + 1);
}

static inline PyObject *tl_pool_take(tl_pool *pool, PyTypeObject *type, int is_counted) {
    PyObject *self = pool->first;
    if (self != NULL) {
        pool->first = *(PyObject **)self;
        pool->count--;
    } else if (is_counted)
        return PyType_GenericAlloc(type, 0);
    else if ((self = tl_uncounted(type)) == NULL)
        return NULL;
    tl_gc_head *head = (tl_gc_head *)self - 1;
    head->next = head->previous = 0;
    memset(self, 0, (size_t)type->tp_basicsize);
    PyObject_Init(self, type);
    PyObject_GC_Track(self);
    return self;
}

static inline void tl_pool_give(tl_pool *pool, void *memory, int limit, int is_counted) {
    if (pool->count >= limit) {
        if (is_counted)
            PyObject_GC_Del(memory);
        else
            PyObject_Free((tl_gc_head *)memory - 1);
        return;
    }
    *(PyObject **)memory = pool->first;
    pool->first = memory;
    pool->count++;
}

#define TL_POOL(name, limit)                                                                       \
    TL_DEATHS(name)                                                                                \
    TL_POOL_OF(name, limit, 1, name##_in_turn)
#define TL_UNCOUNTED_POOL(name, limit) TL_POOL_OF(name, limit, 0, (void))

#define TL_POOL_OF(name, limit, is_counted, in_turn)                                               \
    static tl_pool name##_pool;                                                                    \
    static PyObject *name##_alloc(PyTypeObject *type, Py_ssize_t items) {                          \
        (void)items;                                                                               \
        return tl_pool_take(&name##_pool, type, is_counted);                                       \
    }                                                                                              \
    static void name##_free(void *memory) {                                                        \
        tl_pool_give(&name##_pool, memory, limit, is_counted);                                     \
    }                                                                                              \
    static void name##_install(PyTypeObject *type) {                                               \
        type->tp_alloc = name##_alloc;                                                             \
        type->tp_free = name##_free;                                                               \
        in_turn(type);                                                                             \
        PyType_Modified(type);                                                                     \
    }

#endif

/* Under a build that counts all references, an object that comes back from the dead would be a
 * miscount. */
#if defined(Py_GIL_DISABLED) || defined(__SANITIZE_ADDRESS__) || defined(Py_REF_DEBUG)

#define TL_SPARES(name, limit)                                                                     \
    static inline PyObject *name##_take(void) { return NULL; }                                     \
    static inline int name##_keep(PyObject *self) { (void)self; return 0; }

#else

#define TL_SPARES(name, limit)                                                                     \
    static PyObject *name##_kept[limit];                                                           \
    static int name##_count;                                                                       \
    static inline PyObject *name##_take(void) {                                                    \
        return name##_count ? name##_kept[--name##_count] : NULL;                                  \
    }                                                                                              \
    static inline int name##_keep(PyObject *self) {                                                \
        if (name##_count == limit || *PyObject_GET_WEAKREFS_LISTPTR(self) != NULL                  \
            || PyObject_GC_IsFinalized(self)) /* it would not be again */                          \
            return 0;                                                                              \
        Py_SET_REFCNT(self, 1);                                                                    \
        name##_kept[name##_count++] = self;                                                        \
        return 1;                                                                                  \
    }

#endif
#endif
