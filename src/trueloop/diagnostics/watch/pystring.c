#include "layout.h"

#include "pystring.h"

#if TL_FRAMES

/* Characters looked at, at most; a path has 4096 bytes. */
#define LONGEST 4096
/* Most strings are complete within so many bytes from the start of the object. */
#define AHEAD 192

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

/* The characters of a string object, and their number; NULL if there is no such string. */
static const void *read_characters(const void *address, unsigned *kind, size_t *length) {
    /* The watch thread alone reads strings, so the space may be shared. */
    static union {
        PyASCIIObject head;
        char bytes[AHEAD];
    } start;
    static Py_UCS4 rest[LONGEST];
    const PyASCIIObject *head = &start.head;
    size_t got = tl_read_ahead(&start, address, sizeof *head, sizeof start);
    if (got == 0 || Py_TYPE((PyObject *)head) != &PyUnicode_Type)
        return NULL;
    *kind = head->state.kind;
    if (!head->state.compact || head->length < 0 || (*kind != 1 && *kind != 2 && *kind != 4))
        return NULL;
    *length = head->length < LONGEST ? (size_t)head->length : LONGEST;
    size_t offset = head->state.ascii ? sizeof(PyASCIIObject) : sizeof(PyCompactUnicodeObject);
    if (offset + *length * *kind <= got)
        return start.bytes + offset;
    return tl_read(rest, tl_at(address, offset), *length * *kind) ? rest : NULL;
}

bool tl_string_read(char *out, size_t capacity, const void *address) {
    unsigned kind;
    size_t length, used = 0;
    const void *characters = read_characters(address, &kind, &length);
    if (characters == NULL)
        return false;
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

#else

bool tl_string_read(char *out, size_t capacity, const void *address) {
    (void)out, (void)capacity, (void)address;
    return false;
}

#endif
