/* The Python face of the watch. Everything below it but polite.c is plain C and knows no Python
 * calls. Any thread may call any function here at any time, with or without a GIL. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>

#include "announce.h"
#include "calls.h"
#include "frames.h"
#include "gil.h"
#include "lock.h"
#include "memory.h"
#include "places.h"
#include "polite.h"
#include "thread.h"

static PyObject *start(PyObject *module, PyObject *args) {
    unsigned long long beats;
    const char *stacks;
    tl_watch_setup wanted;
    (void)module;
    if (!PyArg_ParseTuple(args, "Kdps", &beats, &wanted.ticks_per_s, &wanted.hardware_counter,
                          &stacks))
        return NULL;
    wanted.stacks = strcmp(stacks, "native") == 0   ? TL_STACKS_NATIVE
                    : strcmp(stacks, "polite") == 0 ? TL_STACKS_POLITE
                                                    : TL_STACKS_NONE;
    wanted.beats = (const _Atomic(tl_beat *) *)(uintptr_t)beats;
    int error = tl_watch_start(&wanted, PyThreadState_Get());
    if (error != 0) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    Py_RETURN_NONE;
}

static PyObject *stop(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    Py_BEGIN_ALLOW_THREADS
    tl_watch_stop();
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *to_python(const tl_pool *pool, int number) {
    const char *text = tl_pool_get(pool, number);
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "surrogatepass");
}

static PyObject *build_frame(const tl_pool *pool, const tl_line_of *frame) {
    PyObject *file = to_python(pool, frame->file);
    PyObject *function = to_python(pool, frame->function);
    PyObject *built = NULL;
    if (file != NULL && function != NULL)
        built = Py_BuildValue("OiO", file, frame->line, function);
    Py_XDECREF(file);
    Py_XDECREF(function);
    return built;
}

static PyObject *build_frames(const tl_pool *pool, const tl_line_of *frames, int depth) {
    PyObject *built = PyTuple_New(depth);
    for (int i = 0; built != NULL && i < depth; i++) {
        PyObject *frame = build_frame(pool, &frames[i]);
        if (frame == NULL)
            Py_CLEAR(built);
        else
            PyTuple_SET_ITEM(built, i, frame);
    }
    return built;
}

static PyObject *build_spans(const tl_line_of *frames, int depth) {
    PyObject *built = PyTuple_New(depth);
    for (int i = 0; built != NULL && i < depth; i++) {
        PyObject *span =
            Py_BuildValue("iii", frames[i].column, frames[i].more_lines, frames[i].end);
        if (span == NULL)
            Py_CLEAR(built);
        else
            PyTuple_SET_ITEM(built, i, span);
    }
    return built;
}

static PyObject *build_sample(const tl_stall *stall, const tl_sample *sample) {
    PyObject *frames = build_frames(&stall->pool, sample->frames, sample->depth);
    /* "N" passes a failed part on. */
    return Py_BuildValue("dNOiNiKd", tl_beats_seconds(sample->at - stall->since), frames,
                         sample->truncated ? Py_True : Py_False, (int)sample->doing,
                         build_spans(sample->frames, sample->depth), sample->opcode,
                         (unsigned long long)sample->coroutines,
                         tl_beats_seconds(sample->starved));
}

static PyObject *build_samples(const tl_stall *stall) {
    PyObject *samples = PyTuple_New(stall->count);
    for (int i = 0; samples != NULL && i < stall->count; i++) {
        PyObject *sample = build_sample(stall, &stall->samples[i]);
        if (sample == NULL)
            Py_CLEAR(samples);
        else
            PyTuple_SET_ITEM(samples, i, sample);
    }
    return samples;
}

static PyObject *build_announced(const tl_stall *stall) {
    if (!stall->announced)
        Py_RETURN_NONE;
    return build_frame(&stall->pool, &stall->announced_at);
}

static PyObject *build_calls(const tl_seen *seen) {
    PyObject *calls = PyList_New(0);
    for (int i = 0; calls != NULL && i < TL_CALLS && seen->calls[i].ticks != 0; i++) {
        int number = seen->calls[i].number;
        PyObject *call = Py_BuildValue("izd", number, tl_call_name(number),
                                       tl_beats_seconds(seen->calls[i].ticks));
        if (call == NULL || PyList_Append(calls, call) != 0)
            Py_CLEAR(calls);
        Py_XDECREF(call);
    }
    return calls;
}

static PyObject *build_holders(const tl_stall *stall) {
    PyObject *holders = PyTuple_New(stall->holders_count);
    for (int i = 0; holders != NULL && i < stall->holders_count; i++) {
        const tl_holder *holder = &stall->holders[i];
        PyObject *frames = build_frames(&stall->pool, holder->frames, holder->depth);
        PyObject *built =
            Py_BuildValue("kdN", holder->ident, tl_beats_seconds(holder->ticks), frames);
        if (built == NULL)
            Py_CLEAR(holders);
        else
            PyTuple_SET_ITEM(holders, i, built);
    }
    return holders;
}

static PyObject *build_stall(const tl_stall *stall, uint64_t now, const tl_schedule *after) {
    tl_schedule spent = tl_stall_schedule(stall, now, after);
    double whole_s = tl_beats_seconds(now - stall->since);
    double starved_s = (double)spent.waited_ns / 1e9, cpu_s = (double)spent.ran_ns / 1e9;
    double at_s[TL_DOINGS];
    tl_stall_account(stall, whole_s, tl_beats_lost_s(stall, &spent), &spent, at_s);
    return Py_BuildValue("Ndddd(dddd)NNNi", build_samples(stall),
                         starved_s < whole_s ? starved_s : whole_s,
                         cpu_s < whole_s ? cpu_s : whole_s, tl_beats_seconds(stall->late),
                         at_s[TL_HELD_UP], at_s[TL_IN_PYTHON], at_s[TL_IN_C], at_s[TL_COLLECTING],
                         at_s[TL_IN_CALL], build_calls(&stall->seen), build_holders(stall),
                         build_announced(stall), stall->missed);
}

static PyObject *take_by(tl_stall *(*take_it)(const tl_beat *, uint64_t), PyObject *args) {
    unsigned long long beat, since;
    tl_schedule after = {0, 0};
    if (!PyArg_ParseTuple(args, "KK", &beat, &since))
        return NULL;
    tl_beat *of = (tl_beat *)(uintptr_t)beat;
    tl_stall *stall = take_it(of, since);
    if (stall == NULL)
        Py_RETURN_NONE;
    tl_schedule_read(&after, atomic_load(&of->tid));
    PyObject *built = build_stall(stall, tl_beats_now(), &after);
    free(stall);
    return built;
}

static PyObject *take(PyObject *module, PyObject *args) {
    (void)module;
    return take_by(tl_watch_take, args);
}

static PyObject *take_pass(PyObject *module, PyObject *args) {
    (void)module;
    return take_by(tl_watch_take_pass, args);
}

/* A copy of a Python string for the watch thread; NULL with an exception. */
static char *copy_string(PyObject *string) {
    PyObject *bytes = PyUnicode_AsEncodedString(string, "utf-8", "surrogatepass");
    char *copy = NULL;
    if (bytes != NULL) {
        copy = strdup(PyBytes_AS_STRING(bytes));
        if (copy == NULL)
            PyErr_NoMemory();
        Py_DECREF(bytes);
    }
    return copy;
}

static void free_prefixes(char **prefixes) {
    for (char **prefix = prefixes; prefix != NULL && *prefix != NULL; prefix++)
        free(*prefix);
    free(prefixes);
}

static char **copy_prefixes(PyObject *tuple) {
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    char **prefixes = calloc((size_t)count + 1, sizeof *prefixes);
    if (prefixes == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        if ((prefixes[i] = copy_string(PyTuple_GET_ITEM(tuple, i))) == NULL) {
            free_prefixes(prefixes);
            return NULL;
        }
    return prefixes;
}

static void free_rules(tl_rule *rules, Py_ssize_t count) {
    for (Py_ssize_t i = 0; rules != NULL && i < count; i++) {
        free(rules[i].file);
        free(rules[i].function);
    }
    free(rules);
}

/* One half of a rule: a string, or None for everything. */
static bool copy_half(char **half, PyObject *value) {
    if (value == Py_None)
        return true;
    *half = copy_string(value);
    return *half != NULL;
}

static tl_rule *copy_rules(PyObject *tuple) {
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    tl_rule *rules = calloc((size_t)count + 1, sizeof *rules);
    if (rules == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *file, *function;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(tuple, i), "OO", &file, &function) ||
            !copy_half(&rules[i].file, file) || !copy_half(&rules[i].function, function)) {
            free_rules(rules, count);
            return NULL;
        }
    }
    return rules;
}

static PyObject *announce(PyObject *module, PyObject *args) {
    int text_fd, json_fd, coloured = 0;
    PyObject *prefixes, *silenced;
    (void)module;
    if (!PyArg_ParseTuple(args, "iiO!O!|p", &text_fd, &json_fd, &PyTuple_Type, &prefixes,
                          &PyTuple_Type, &silenced, &coloured))
        return NULL;
    char **new_prefixes = copy_prefixes(prefixes);
    if (new_prefixes == NULL)
        return NULL;
    tl_rule *new_rules = copy_rules(silenced);
    if (new_rules == NULL) {
        free_prefixes(new_prefixes);
        return NULL;
    }
    tl_lock();
    tl_announce_to(text_fd, json_fd, coloured);
    tl_places_configure(new_prefixes, new_rules, (size_t)PyTuple_GET_SIZE(silenced));
    tl_unlock();
    Py_RETURN_NONE;
}

static PyObject *written(PyObject *module, PyObject *args) {
    PyObject *file;
    int line;
    (void)module;
    if (!PyArg_ParseTuple(args, "Ui", &file, &line))
        return NULL;
    char *copy = copy_string(file);
    if (copy == NULL)
        return NULL;
    tl_lock();
    tl_remember_written(copy, line);
    tl_unlock();
    free(copy);
    Py_RETURN_NONE;
}

static PyObject *forget_written(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    tl_lock();
    tl_forget_written();
    tl_unlock();
    Py_RETURN_NONE;
}

static PyObject *status(PyObject *module, PyObject *nothing) {
    static const char *const names[] = {
        [TL_STACKS_NONE] = "none", [TL_STACKS_POLITE] = "polite", [TL_STACKS_NATIVE] = "native"};
    (void)module, (void)nothing;
    tl_watch_setup setup;
    bool runs = tl_watch_running(&setup);
    const tl_tally *tally = tl_beats_tally();
    if (!runs)
        setup = (tl_watch_setup){NULL, 0.0, 0, TL_STACKS_NONE};
    return Py_BuildValue("sOOsKdOKKKdi", names[setup.stacks], tl_gil_known() ? Py_True : Py_False,
                         runs ? Py_True : Py_False, tl_memory_way(),
                         (unsigned long long)(uintptr_t)setup.beats, setup.ticks_per_s,
                         setup.hardware_counter ? Py_True : Py_False,
                         (unsigned long long)tally->rounds, (unsigned long long)tally->looks,
                         (unsigned long long)tally->failed_looks,
                         (double)tally->looking_ns / 1e9, tl_watch_tid());
}

/* The calling thread's stack as the watch would see it, or None: for the check at the start. */
static PyObject *own_stack(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    tl_stack *stack = malloc(sizeof *stack);
    if (stack == NULL)
        return PyErr_NoMemory();
    PyObject *frames = tl_watch_try(stack, PyThreadState_Get())
                           ? build_frames(&stack->pool, stack->frames, stack->depth)
                           : Py_NewRef(Py_None);
    free(stack);
    return frames;
}

static PyObject *can_be_polite(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    return PyBool_FromLong(tl_polite_possible());
}

static PyObject *serve(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    tl_polite_serve();
    Py_RETURN_NONE;
}

static PyObject *before_fork(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    tl_watch_before_fork(); /* with the GIL: it must not be waited for with these locks in hand */
    Py_RETURN_NONE;
}

static PyObject *after_fork_in_parent(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    tl_watch_after_fork_in_parent();
    Py_RETURN_NONE;
}

static PyObject *after_fork_in_child(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    tl_watch_after_fork_in_child();
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"start", start, METH_VARARGS, NULL},
    {"stop", stop, METH_NOARGS, NULL},
    {"take", take, METH_VARARGS, NULL},
    {"take_pass", take_pass, METH_VARARGS, NULL},
    {"announce", announce, METH_VARARGS, NULL},
    {"written", written, METH_VARARGS, NULL},
    {"forget_written", forget_written, METH_NOARGS, NULL},
    {"status", status, METH_NOARGS, NULL},
    {"own_stack", own_stack, METH_NOARGS, NULL},
    {"can_be_polite", can_be_polite, METH_NOARGS, NULL},
    {"serve", serve, METH_NOARGS, NULL},
    {"before_fork", before_fork, METH_NOARGS, NULL},
    {"after_fork_in_parent", after_fork_in_parent, METH_NOARGS, NULL},
    {"after_fork_in_child", after_fork_in_child, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
#if PY_VERSION_HEX >= 0x030C0000
    /* There is one watch in a process, and the interpreter that started it also stops it. */
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "trueloop.diagnostics.watch._native",
    .m_doc = "The watch thread (see trueloop.diagnostics.watch).",
    .m_size = 0,
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__native(void) {
    return PyModuleDef_Init(&definition);
}
