/* Whose code a frame is, and which places are not to be announced (again).
 *
 * Law: judges by file name, function and line. Under the lock of lock.h.
 */
#ifndef TL_PLACES_H
#define TL_PLACES_H

#include <stdbool.h>
#include <stddef.h>

/* Whose code a file holds; the lower, the more it is the developer's own. */
typedef enum tl_origin { USER, INSTALLED, LIBRARY } tl_origin;

typedef struct tl_rule { /* patterns as in Python's fnmatch; NULL matches everything */
    char *file, *function;
} tl_rule;

/* Take over the lists and all strings in them, made with malloc(); what was there before is freed.
 * `prefixes` ends with NULL. */
void tl_places_configure(char **prefixes, tl_rule *rules, size_t rule_count);

/* LIBRARY is what lies under one of the prefixes, or is frozen into the interpreter. */
tl_origin tl_origin_of(const char *file);

/* Whether the file is a part of Python's debugger or of debugpy. */
bool tl_is_debugger(const char *file);

/* Write line number `line` of a source file to `out`, or as much of it as fits; false if there
 * is none. */
bool tl_source_line(const char *file, int line, char *out, size_t capacity);

/* Whether a rule, or a comment on the line itself, silences blocked-loop findings there. */
bool tl_is_silenced(const char *file, int line, const char *function);

/* Remember that the finding at this place has been written; false if it was known already, or if
 * too many places are. */
bool tl_remember_written(const char *file, int line);
void tl_forget_written(void);

#endif
