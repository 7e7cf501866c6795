#include "linetable.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "memory.h"

/* A table larger than this is no table: the largest generated modules stay far below. */
#define LARGEST_TABLE (16 << 20)
#define WINDOW 2048
/* Most tables are complete within so many bytes from the start of the object. */
#define AHEAD 512

/* Kinds of entry (four bits of its first byte). Those below ONE_LINE stay on the line and carry one
 * more byte of columns; from ONE_LINE on the kind itself is the step to the line. */
enum { ONE_LINE = 10, NO_COLUMNS = 13, LONG = 14, NO_LOCATION = 15 };

/* The table, read through a small window, since some are large. */
typedef struct cursor {
    const void *next; /* address of the byte after the window */
    size_t unread;    /* bytes of the table from there on */
    size_t at, filled;
    bool failed;
    unsigned char window[WINDOW];
} cursor;

static bool cursor_open(cursor *c, const void *table) {
    union {
        PyBytesObject object;
        char bytes[WINDOW];
    } start;
    size_t before = offsetof(PyBytesObject, ob_sval);
    size_t got = tl_read_ahead(&start, table, before, AHEAD);
    if (got == 0 || Py_TYPE((PyObject *)&start.object) != &PyBytes_Type)
        return false;
    Py_ssize_t size = ((PyVarObject *)&start.object)->ob_size;
    if (size <= 0 || size > LARGEST_TABLE)
        return false;
    c->filled = got - before < (size_t)size ? got - before : (size_t)size;
    memcpy(c->window, start.bytes + before, c->filled);
    c->next = tl_at(table, before + c->filled);
    c->unread = (size_t)size - c->filled;
    c->at = 0;
    c->failed = false;
    return true;
}

/* The next byte, or -1 at the end. */
static int next_byte(cursor *c) {
    if (c->at == c->filled) {
        size_t size = c->unread < WINDOW ? c->unread : WINDOW;
        if (size == 0)
            return -1;
        if (!tl_read(c->window, c->next, size)) {
            c->failed = true;
            c->unread = 0;
            return -1;
        }
        c->next = tl_at(c->next, size);
        c->unread -= size;
        c->filled = size;
        c->at = 0;
    }
    return c->window[c->at++];
}

/* Six bits to a byte, the lowest first; bit 6 says that more follow. */
static unsigned next_number(cursor *c) {
    unsigned value = 0;
    for (int shift = 0; shift < 32; shift += 6) {
        int byte = next_byte(c);
        if (byte < 0)
            break;
        value |= (unsigned)(byte & 63) << shift;
        if (!(byte & 64))
            break;
    }
    return value;
}

static int next_signed_number(cursor *c) {
    unsigned value = next_number(c);
    return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

/* Read what follows an entry's first byte: from the previous entry's place to its own. */
static void step(cursor *c, int kind, tl_span *span) {
    if (kind == NO_LOCATION)
        return;
    span->column = span->end = -1;
    span->more_lines = 0;
    if (kind == LONG) { /* columns count from 1, and 0 is none */
        span->line += next_signed_number(c);
        span->more_lines = (int)next_number(c);
        span->column = (int)next_number(c) - 1;
        span->end = (int)next_number(c) - 1;
    } else if (kind == NO_COLUMNS) {
        span->line += next_signed_number(c);
    } else if (kind >= ONE_LINE) {
        span->line += kind - ONE_LINE;
        span->column = next_byte(c);
        span->end = next_byte(c);
    } else { /* eight columns for each kind, and what the byte says */
        int both = next_byte(c);
        span->column = kind * 8 + ((both >> 4) & 7);
        span->end = span->column + (both & 15);
    }
}

tl_span tl_line(const void *table, int first_line, int instruction) {
    static const tl_span unknown = {0, -1, -1, 0};
    cursor c;
    tl_span span = unknown;
    int end = 0, first;
    if (!cursor_open(&c, table))
        return unknown;
    span.line = first_line;
    while ((first = next_byte(&c)) >= 0) {
        step(&c, (first >> 3) & 15, &span);
        end += (first & 7) + 1;
        if (instruction < end)
            break;
    }
    return c.failed ? unknown : span;
}
