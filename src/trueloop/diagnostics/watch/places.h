/* Whose code a frame is, and which places are not to be announced (again).
 *
 * Law: judges by file name, function and line. Under the lock of lock.h.
 */
#ifndef TL_PLACES_H
#define TL_PLACES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tl_rule { /* NULL matches everything */
    char *file, *function;
} tl_rule;

/* Take over the lists and all strings in them, made with malloc(); what was there before is freed.
 * `prefixes` ends with NULL. */
void tl_places_configure(char **prefixes, tl_rule *rules, size_t rule_count);

/* Whether the file is a library's: under one of the prefixes, or frozen into the interpreter. */
bool tl_is_library(const char *file);

/* Whether a rule, or a comment on the line itself, silences blocked-loop findings there. */
bool tl_is_silenced(const char *file, int line, const char *function);

/* Remember that the finding at this place has been written; false if it was known already, or if too
 * many places are. */
bool tl_remember_written(const char *file, int line, const char *function);
void tl_forget_written(void);

#endif
