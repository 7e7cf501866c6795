#define _GNU_SOURCE
#include "excerpt.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "places.h"

#define TAB 4
#define WIDEST 120 /* characters of a line of source; what is longer is cut, and ends with dots */
static const char dots[] = "...";
static const char blanks[] = " \t\r\f\v";

static bool has_styles;
static const char *const codes[] = {"0", "1;31", "1", "34", "36"}; /* by tl_style */

static char start[PATH_MAX]; /* ends with a slash; empty if names are shown as they are */

void tl_excerpt_colour(bool coloured) {
    has_styles = coloured;
}

void tl_put_style(tl_line_buffer *out, tl_style style) {
    if (has_styles)
        tl_put(out, "\x1b[%sm", codes[style]);
}

void tl_excerpt_start(void) {
    size_t size;
    if (start[0] != '\0' || getcwd(start, sizeof start - 1) == NULL)
        return;
    size = strlen(start);
    strcpy(size > 1 ? start + size : start, size > 1 ? "/" : ""); /* all is below the root */
}

/* How many bytes the character has that begins here; 0 if this is not UTF-8. */
static size_t character_size(const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    size_t size = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (s[0] >= 0xF5)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

/* Cut blanks off the end, and an incomplete character that a full buffer has left there. */
static void trim(char *text) {
    size_t size = strlen(text);
    if (size == TL_LONGEST_LINE - 1) {
        while (size > 0 && ((unsigned char)text[size - 1] & 0xC0) == 0x80)
            size--;
        if (size > 0 && (unsigned char)text[size - 1] >= 0xC0)
            size--;
    }
    while (size > 0 && strchr(blanks, text[size - 1]) != NULL)
        size--;
    text[size] = '\0';
}

/* A line of a file, without blanks at its end; empty if it cannot be had or is not UTF-8. */
static void read_line(const char *file, int number, char *out) {
    if (number < 1 || !tl_source_line(file, number, out, TL_LONGEST_LINE))
        out[0] = '\0';
    trim(out);
    for (size_t at = 0, size; out[at] != '\0'; at += size) {
        size = character_size(out + at);
        if (size == 0)
            out[at = 0] = '\0';
    }
}

void tl_excerpt_read(tl_excerpt *excerpt, const char *file, int line) {
    excerpt->guilty = line;
    excerpt->first = line > 2 ? line - 2 : 1;
    excerpt->count = line + 1 - excerpt->first + 1;
    for (int i = 0; i < excerpt->count; i++)
        read_line(file, excerpt->first + i, excerpt->lines[i]);
    if (line < 1 || excerpt->lines[line - excerpt->first][0] == '\0') {
        excerpt->count = 0;
        return;
    }
    while (excerpt->lines[excerpt->count - 1][0] == '\0')
        excerpt->count--;
    while (excerpt->lines[0][0] == '\0') {
        excerpt->first++;
        excerpt->count--;
        memmove(excerpt->lines[0], excerpt->lines[1], sizeof excerpt->lines - TL_LONGEST_LINE);
    }
}

int tl_digits(int number) {
    int digits = 1;
    for (; number > 9; number /= 10)
        digits++;
    return digits;
}

void tl_put_margin(tl_line_buffer *out, int width, const char *mark, const char *end) {
    tl_put(out, "%*s", width + 4 - (int)strlen(mark), "");
    tl_put_style(out, TL_FRAME);
    tl_put(out, "%s", mark);
    tl_put_style(out, TL_PLAIN);
    tl_put(out, "%s", end);
}

/* The name relative to where the process was started, if it lies below. */
static const char *shown_file(const char *file) {
    size_t size = strlen(start);
    return strncmp(file, start, size) == 0 ? file + size : file;
}

void tl_put_place(tl_line_buffer *out, const char *file, int line, const char *function) {
    tl_put_shown(out, shown_file(file));
    tl_put(out, ":%d in ", line);
    tl_put_shown(out, function);
    tl_put(out, "\n");
}

/* Where in `text` its character number `count` begins; its end if there are fewer. */
static size_t offset_of(const char *text, size_t count) {
    size_t at = 0;
    for (; text[at] != '\0' && count > 0; count--)
        at += character_size(text + at);
    return at;
}

/* Add a line of source with its tabs as blanks, what is not printable as escapes, and cut. */
static void put_source(tl_line_buffer *out, const char *source) {
    char space[TL_LONGEST_LINE * TAB], character[5];
    tl_line_buffer shown = {space, 0, sizeof space, false};
    size_t column = 0, end;
    space[0] = '\0';
    for (size_t at = 0, size; source[at] != '\0'; at += size, column++) {
        size = character_size(source + at);
        if (source[at] == '\t') {
            tl_put(&shown, "%*s", (int)(TAB - column % TAB), "");
            column += TAB - column % TAB - 1;
            continue;
        }
        memcpy(character, source + at, size);
        character[size] = '\0';
        tl_put_shown(&shown, character);
    }
    end = offset_of(space, WIDEST);
    if (space[end] == '\0')
        tl_put(out, "%s", space);
    else
        tl_put(out, "%.*s%s", (int)offset_of(space, WIDEST - (sizeof dots - 1)), space, dots);
}

static void put_numbered(tl_line_buffer *out, int width, bool guilty, int number,
                         const char *indent, const char *source) {
    if (guilty)
        tl_put_style(out, TL_ERROR);
    tl_put(out, "%s", guilty ? ">" : " ");
    if (guilty)
        tl_put_style(out, TL_PLAIN);
    tl_put(out, " ");
    tl_put_style(out, TL_FRAME);
    tl_put(out, "%*d |", width, number);
    tl_put_style(out, TL_PLAIN);
    tl_put(out, "%s", source[0] != '\0' ? " " : "");
    if (guilty)
        tl_put_style(out, TL_STRONG);
    tl_put(out, "%s", indent);
    put_source(out, source);
    if (guilty)
        tl_put_style(out, TL_PLAIN);
    tl_put(out, "\n");
}

void tl_put_excerpt(tl_line_buffer *out, int width, const tl_excerpt *excerpt) {
    for (int i = 0; i < excerpt->count; i++) {
        int number = excerpt->first + i;
        put_numbered(out, width, number == excerpt->guilty, number, "", excerpt->lines[i]);
    }
}

void tl_put_source_of(tl_line_buffer *out, int width, const char *file, int line) {
    char source[TL_LONGEST_LINE];
    read_line(file, line, source);
    if (source[0] != '\0')
        put_numbered(out, width, false, line, "    ", source + strspn(source, " \t"));
}
