/* How a finding looks as text: places, lines of source, and the margin they stand in.
 *
 * Law: the same form as diagnostics/text.py, which explains it; a test compares the two. Knows
 * nothing of stalls.
 */
#ifndef TL_EXCERPT_H
#define TL_EXCERPT_H

#include <stdbool.h>

#include "line.h"

#define TL_AROUND 4 /* lines: two before the guilty one, and one after it */
#define TL_LONGEST_LINE 512

typedef struct tl_excerpt {
    int first, count; /* number of the first line; how many there are, 0 if nothing can be shown */
    int guilty;
    char lines[TL_AROUND][TL_LONGEST_LINE];
} tl_excerpt;

/* What a part of the text is for; how that looks is as in terminal.py. */
typedef enum tl_style { TL_PLAIN, TL_ERROR, TL_STRONG, TL_FRAME, TL_ADVICE } tl_style;

/* Whether there are styles at all. */
void tl_excerpt_colour(bool coloured);

/* Begin a style; TL_PLAIN ends it. */
void tl_put_style(tl_line_buffer *out, tl_style style);

/* Remember the directory that file names are shown relative to; the first call counts. */
void tl_excerpt_start(void);

/* Read the lines around one, without blank ones at either end. */
void tl_excerpt_read(tl_excerpt *excerpt, const char *file, int line);

/* How many digits the line number has. */
int tl_digits(int number);

/* Add what stands left of a line that is no source: `width` is that of the largest number. What
 * follows the mark is `end`, one character. */
void tl_put_margin(tl_line_buffer *out, int width, const char *mark, const char *end);

void tl_put_place(tl_line_buffer *out, const char *file, int line, const char *function);
void tl_put_excerpt(tl_line_buffer *out, int width, const tl_excerpt *excerpt);

/* Add a line of source by itself, if it can be had. */
void tl_put_source_of(tl_line_buffer *out, int width, const char *file, int line);

#endif
