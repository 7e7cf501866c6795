#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "polite.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#include "beats.h"
#include "lock.h"
#include "schedule.h"

/* Threads that compute take turns with the GIL, 5 ms each. Longer is C code that keeps it. */
#define SOON_S 0.02

/* Bytes of bytecode that a function executes before it does anything of its own. */
#define PREAMBLE 6

static sem_t calls;
static _Atomic(unsigned) generation; /* of those who serve: only the newest stays */

__attribute__((constructor)) void tl_polite_renew(void) {
    sem_init(&calls, 0, 0);
}

void tl_polite_call(void) {
    sem_post(&calls);
}

void tl_polite_dismiss(void) {
    generation++;
    sem_post(&calls);
}

bool tl_polite_possible(void) {
#ifdef Py_GIL_DISABLED
    return false;
#else
    return true;
#endif
}

#ifdef Py_GIL_DISABLED

void tl_polite_serve(void) {
}

#else

/* Number of a name of the code object; -1 without room, or with an exception. */
static int add_name(tl_pool *pool, PyObject *code, const char *attribute) {
    PyObject *name = PyObject_GetAttrString(code, attribute);
    PyObject *bytes = NULL;
    int number = -1;
    if (name != NULL && PyUnicode_Check(name))
        bytes = PyUnicode_AsEncodedString(name, "utf-8", "surrogatepass");
    if (bytes != NULL)
        number = tl_pool_add(pool, PyBytes_AS_STRING(bytes));
    Py_XDECREF(bytes);
    Py_XDECREF(name);
    return number;
}

static bool add_frame(tl_stack *stack, PyFrameObject *frame) {
    tl_line_of *line = &stack->frames[stack->depth];
    PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    line->file = add_name(&stack->pool, code, "co_filename");
    line->function = line->file < 0 ? -1 : add_name(&stack->pool, code, "co_qualname");
    line->line = PyFrame_GetLineNumber(frame);
    if (line->line < 0)
        line->line = 0;
    line->column = line->end = line->more_lines = -1;
    Py_DECREF(code);
    PyErr_Clear();
    return line->function >= 0;
}

/* The caller, in exchange for `frame`; NULL if there is none. */
static PyFrameObject *step_out(PyFrameObject *frame) {
    PyFrameObject *caller = PyFrame_GetBack(frame);
    Py_DECREF(frame);
    return caller;
}

/* The GIL is given away where functions begin, above all. The innermost one has done nothing yet if
 * it is among its first instructions, which make cells and a generator, and on the line of the
 * `def`: the call is what goes on (as in frames.c, but a guess, for want of a public function). */
static bool has_not_begun(PyFrameObject *frame) {
    if (PyFrame_GetLasti(frame) > PREAMBLE)
        return false;
    PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    PyObject *first_line = PyObject_GetAttrString(code, "co_firstlineno");
    bool on_it = first_line != NULL && PyLong_AsLong(first_line) == PyFrame_GetLineNumber(frame);
    Py_XDECREF(first_line);
    Py_DECREF(code);
    PyErr_Clear();
    return on_it;
}

static void read_stack(tl_stack *stack, PyThreadState *thread) {
    PyFrameObject *frame = PyThreadState_GetFrame(thread);
    tl_pool_clear(&stack->pool);
    stack->depth = 0;
    stack->coroutines = 0;
    stack->opcode = -1;
    if (frame != NULL && has_not_begun(frame))
        frame = step_out(frame);
    for (; frame != NULL && stack->depth < TL_DEPTH; frame = step_out(frame)) {
        if (!add_frame(stack, frame))
            break;
        stack->depth++;
    }
    stack->truncated = frame != NULL;
    Py_XDECREF(frame);
}

/* The beat of a loop that has ended may name a thread that is no more. */
static bool is_alive(const PyThreadState *thread) {
    PyThreadState *other = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    while (other != NULL && other != thread)
        other = PyThreadState_Next(other);
    return other != NULL;
}

static bool next_wanted(tl_wanted *look) {
    tl_lock();
    bool wanted = tl_beats_wanted(look);
    tl_unlock();
    return wanted;
}

/* Ticks for which somebody kept the GIL from this look, and was not the loop's own thread: that may
 * have waited for it as well, and is not to blame. 0 if it was let in soon. */
static uint64_t time_locked_out(const tl_wanted *look) {
    tl_schedule after;
    uint64_t waited = tl_beats_now() - look->at;
    double waited_s = tl_beats_seconds(waited);
    if (waited_s < SOON_S)
        return 0;
    if (look->ran_ns == 0 || !tl_schedule_read(&after, atomic_load(&look->beat->tid)))
        return waited;
    return (double)(after.ran_ns - look->ran_ns) / 1e9 < waited_s / 2 ? waited : 0;
}

static void take_look(const tl_wanted *look) {
    static tl_stack stack; /* one at a time: under the GIL, which nothing below gives away */
    PyThreadState *thread = atomic_load(&look->beat->thread);
    if (atomic_load(&look->beat->since) != look->since || !is_alive(thread))
        return;
    uint64_t locked_out = time_locked_out(look);
    read_stack(&stack, thread);
    tl_lock();
    if (stack.depth > 0)
        tl_beats_answer(look, &stack, locked_out);
    tl_unlock();
}

static void wait_for_call(void) {
    while (sem_wait(&calls) != 0 && errno == EINTR)
        ;
}

void tl_polite_serve(void) {
    unsigned mine = generation;
    while (mine == generation) {
        tl_wanted look;
        Py_BEGIN_ALLOW_THREADS
        wait_for_call();
        Py_END_ALLOW_THREADS
        while (mine == generation && next_wanted(&look))
            take_look(&look);
    }
}

#endif
