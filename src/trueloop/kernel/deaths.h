/* Deaths: objects that hold each other in a long row die one after the other, not each inside the last.
 *
 * Law: knows how deep the stack of deaths is and who waits; not what an object lets go of.
 *
 * A future whose result is a future whose result is a future ...: each tp_dealloc calls the next, and a
 * hundred thousand of them need more stack than a thread has. TL_DEATHS(name) makes name_in_turn(type),
 * which has objects of one exact type wait, from a certain depth on, until the outermost has died.
 * Since 3.14 the interpreter does it for all types; before, only for its own.
 *
 * One who waits has no references, so nobody can get hold of him: his finalizer has run, the collector
 * does not see him, and weak references answer None. A list of those who wait belongs to all threads:
 * if another one takes over within a finalizer, its dead may have to wait for that, too.
 */
#ifndef TL_DEATHS_H
#define TL_DEATHS_H

#include <Python.h>
#include <stdint.h>

/* The collector's two words in front of an object: links, and bits "was finalized", "is looked at". */
typedef struct {
    uintptr_t next;
    uintptr_t previous;
} tl_gc_head;

#define TL_DEEPEST_DEATH 50

#if PY_VERSION_HEX >= 0x030E0000

#define TL_DEATHS(name)                                                                            \
    static void name##_in_turn(PyTypeObject *type) { (void)type; }

#else

#ifdef Py_GIL_DISABLED /* as 3.13 does it for its own: a list for each thread, thousands deep */

#define TL_DIE(self, dealloc, dies)                                                                \
    PyObject_GC_UnTrack(self);                                                                     \
    Py_TRASHCAN_BEGIN(self, dealloc)                                                               \
    dies(self);                                                                                    \
    Py_TRASHCAN_END

#else

static int tl_deaths;
static PyObject *tl_waiting_for_death;

#define TL_GC_BITS ((uintptr_t)3)

static inline int tl_must_wait(PyObject *self) {
    tl_gc_head *head = (tl_gc_head *)self - 1;
    if (tl_deaths < TL_DEEPEST_DEATH)
        return 0;
    PyObject_GC_UnTrack(self);
    head->previous = (head->previous & TL_GC_BITS) | (uintptr_t)tl_waiting_for_death;
    tl_waiting_for_death = self;
    return 1;
}

static void tl_let_those_die_who_wait(void) {
    tl_deaths = 1; /* so that none of them looks after the others */
    while (tl_waiting_for_death != NULL) {
        PyObject *self = tl_waiting_for_death;
        tl_gc_head *head = (tl_gc_head *)self - 1;
        tl_waiting_for_death = (PyObject *)(head->previous & ~TL_GC_BITS);
        head->previous &= TL_GC_BITS;
        Py_TYPE(self)->tp_dealloc(self);
    }
    tl_deaths = 0;
}

#define TL_DIE(self, dealloc, dies)                                                                \
    if (tl_must_wait(self))                                                                        \
        return;                                                                                    \
    tl_deaths++;                                                                                   \
    dies(self);                                                                                    \
    if (--tl_deaths == 0 && tl_waiting_for_death != NULL)                                          \
        tl_let_those_die_who_wait();

#endif

#define TL_DEATHS(name)                                                                            \
    static PyTypeObject *name##_mortal;                                                            \
    static destructor name##_dies;                                                                 \
    static void name##_dealloc(PyObject *self) {                                                   \
        if (Py_TYPE(self) != name##_mortal) { /* the subclass's tp_dealloc is not done with it */  \
            name##_dies(self);                                                                     \
            return;                                                                                \
        }                                                                                          \
        if (name##_mortal->tp_finalize != NULL && PyObject_CallFinalizerFromDealloc(self) < 0)     \
            return; /* it came back */                                                             \
        TL_DIE(self, name##_dealloc, name##_dies)                                                  \
    }                                                                                              \
    static void name##_in_turn(PyTypeObject *type) {                                               \
        name##_mortal = type;                                                                      \
        name##_dies = type->tp_dealloc;                                                            \
        type->tp_dealloc = name##_dealloc;                                                         \
    }

#endif
#endif
