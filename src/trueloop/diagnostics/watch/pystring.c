#include "pystring.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "memory.h"

/* Characters looked at, at most; a path has 4096 bytes. */
#define LONGEST 4096

static size_t encode(char *out, Py_UCS4 c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | (c >> 18 & 7));
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}

static Py_UCS4 character(const void *characters, unsigned kind, size_t at) {
    switch (kind) {
    case PyUnicode_1BYTE_KIND:
        return ((const Py_UCS1 *)characters)[at];
    case PyUnicode_2BYTE_KIND:
        return ((const Py_UCS2 *)characters)[at];
    default:
        return ((const Py_UCS4 *)characters)[at];
    }
}

bool tl_string_read(char *out, size_t capacity, const void *object) {
    static Py_UCS4 characters[LONGEST]; /* the watch thread alone reads strings */
    PyASCIIObject head;
    if (!tl_read(&head, object, sizeof head) || Py_TYPE((PyObject *)&head) != &PyUnicode_Type)
        return false;
    unsigned kind = head.state.kind;
    if (!head.state.compact || head.length < 0 || (kind != 1 && kind != 2 && kind != 4))
        return false;
    size_t length = head.length < LONGEST ? (size_t)head.length : LONGEST;
    size_t start = head.state.ascii ? sizeof(PyASCIIObject) : sizeof(PyCompactUnicodeObject);
    if (length > 0 && !tl_read(characters, (const char *)object + start, length * kind))
        return false;
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char bytes[4];
        size_t size = encode(bytes, character(characters, kind, i));
        if (used + size >= capacity)
            break;
        memcpy(out + used, bytes, size);
        used += size;
    }
    out[used] = '\0';
    return true;
}
