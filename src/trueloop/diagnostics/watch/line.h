/* A line of text or JSON, composed in a buffer of fixed size.
 *
 * Law: never allocates, never overruns; what does not fit is remembered as `full`.
 */
#ifndef TL_LINE_H
#define TL_LINE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tl_line_buffer {
    char *text;
    size_t used, capacity;
    bool full;
} tl_line_buffer;

__attribute__((format(printf, 2, 3))) void tl_put(tl_line_buffer *line, const char *format, ...);

/* Add UTF-8 text for people: control characters and surrogates are shown as escapes. */
void tl_put_shown(tl_line_buffer *line, const char *text);

/* Add UTF-8 text as a JSON string in ASCII; the second without the quotes around it. */
void tl_put_json(tl_line_buffer *line, const char *text);
void tl_put_json_part(tl_line_buffer *line, const char *text);

#endif
