#define _GNU_SOURCE
#include "places.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLACES 512
#define LONGEST_LINE 1024

static char **prefixes;
static tl_rule *rules;
static size_t rule_count;
static uint64_t written[PLACES]; /* hashes */
static int written_count;

static void discard(void) {
    for (char **prefix = prefixes; prefix != NULL && *prefix != NULL; prefix++)
        free(*prefix);
    for (size_t i = 0; i < rule_count; i++) {
        free(rules[i].file);
        free(rules[i].function);
    }
    free(prefixes);
    free(rules);
}

void tl_places_configure(char **new_prefixes, tl_rule *new_rules, size_t new_rule_count) {
    discard();
    prefixes = new_prefixes;
    rules = new_rules;
    rule_count = new_rule_count;
}

bool tl_is_library(const char *file) {
    static const char frozen[] = "<frozen ";
    if (strncmp(file, frozen, sizeof frozen - 1) == 0)
        return true;
    for (char **prefix = prefixes; prefix != NULL && *prefix != NULL; prefix++)
        if (strncmp(file, *prefix, strlen(*prefix)) == 0)
            return true;
    return false;
}

/* Whether `text` is `rule`, or ends with it after the character `before`. */
static bool ends_with(const char *text, const char *rule, char before) {
    size_t size = strlen(text), end = strlen(rule);
    if (end > size || strcmp(text + size - end, rule) != 0)
        return false;
    return size == end || text[size - end - 1] == before;
}

static bool rule_matches(const tl_rule *rule, const char *file, const char *function) {
    return (rule->file == NULL || ends_with(file, rule->file, '/')) &&
           (rule->function == NULL || ends_with(function, rule->function, '.'));
}

/* Line number `number` of the file, or as much of it as fits. */
static bool read_source_line(const char *file, int number, char *out, size_t capacity) {
    char block[4096];
    ssize_t size;
    size_t used = 0;
    int line = 1;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return false;
    while (line <= number && (size = read(fd, block, sizeof block)) > 0)
        for (ssize_t i = 0; i < size && line <= number; i++) {
            if (block[i] == '\n')
                line++;
            else if (line == number && used < capacity - 1)
                out[used++] = block[i];
        }
    close(fd);
    out[used] = '\0';
    return used > 0;
}

/* `# trueloop: ignore[blocked-loop]`, alone or among other kinds. */
static bool comment_silences(const char *line) {
    const char *comment = strstr(line, "# trueloop: ignore[");
    if (comment == NULL)
        return false;
    const char *kind = strstr(comment, "blocked-loop"), *end = strchr(comment, ']');
    return kind != NULL && end != NULL && kind < end;
}

bool tl_is_silenced(const char *file, int line, const char *function) {
    char source[LONGEST_LINE];
    for (size_t i = 0; i < rule_count; i++)
        if (rule_matches(&rules[i], file, function))
            return true;
    return line > 0 && read_source_line(file, line, source, sizeof source) &&
           comment_silences(source);
}

static uint64_t mix(uint64_t hash, const char *text) { /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash * 31 + 1;
}

bool tl_remember_written(const char *file, int line, const char *function) {
    uint64_t place = mix(mix(14695981039346656037u, file) + (uint64_t)line, function);
    for (int i = 0; i < written_count; i++)
        if (written[i] == place)
            return false;
    if (written_count == PLACES)
        return false;
    written[written_count++] = place;
    return true;
}

void tl_forget_written(void) {
    written_count = 0;
}
