#include "line.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

void tl_put(tl_line_buffer *line, const char *format, ...) {
    size_t room = line->capacity - line->used;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line->text + line->used, room, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= room)
        line->full = true;
    else
        line->used += (size_t)size;
}

/* The character at `*text`, which moves on. Our own encoder wrote it; a cut one cannot occur. */
static uint32_t next_character(const char **text) {
    const unsigned char *s = (const unsigned char *)*text;
    uint32_t c = s[0];
    int more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    if (more > 0)
        c &= 0x3Fu >> more;
    *text += 1;
    for (int i = 1; i <= more && s[i] != 0; i++, *text += 1)
        c = c << 6 | (s[i] & 63);
    return c;
}

static bool is_surrogate(uint32_t c) {
    return c >= 0xD800 && c < 0xE000;
}

void tl_put_shown(tl_line_buffer *line, const char *text) {
    while (*text) {
        const char *start = text;
        uint32_t c = next_character(&text);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0))
            tl_put(line, "\\x%02x", (unsigned)c);
        else if (is_surrogate(c))
            tl_put(line, "\\u%04x", (unsigned)c);
        else
            tl_put(line, "%.*s", (int)(text - start), start);
    }
}

void tl_put_json_part(tl_line_buffer *line, const char *text) {
    while (*text) {
        uint32_t c = next_character(&text);
        if (c == '"' || c == '\\')
            tl_put(line, "\\%c", (int)c);
        else if (c >= 0x20 && c < 0x7F)
            tl_put(line, "%c", (int)c);
        else if (c < 0x10000)
            tl_put(line, "\\u%04x", (unsigned)c);
        else
            tl_put(line, "\\u%04x\\u%04x", (unsigned)(0xD800 + ((c - 0x10000) >> 10)),
                   (unsigned)(0xDC00 + (c & 0x3FF)));
    }
}

void tl_put_json(tl_line_buffer *line, const char *text) {
    tl_put(line, "\"");
    tl_put_json_part(line, text);
    tl_put(line, "\"");
}
