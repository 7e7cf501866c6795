#define _GNU_SOURCE
#include "places.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACES 512
#define LONGEST_LINE 1024
#define LONGEST_PATTERN 1024
#define LARGEST_SOURCE (4 << 20) /* bytes; as in source.py */
#define KIND "blocked-loop"

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

tl_origin tl_origin_of(const char *file) {
    static const char frozen[] = "<frozen ";
    if (strncmp(file, frozen, sizeof frozen - 1) == 0)
        return LIBRARY;
    /* Before the prefixes: installed packages often lie in a folder of the standard library. */
    if (strstr(file, "/site-packages/") != NULL || strstr(file, "/dist-packages/") != NULL)
        return INSTALLED;
    for (char **prefix = prefixes; prefix != NULL && *prefix != NULL; prefix++)
        if (strncmp(file, *prefix, strlen(*prefix)) == 0)
            return LIBRARY;
    return USER;
}

static bool matches(const char *pattern, const char *text) {
    return fnmatch(pattern, text, FNM_NOESCAPE) == 0;
}

/* A pattern may name the last components of the path only. */
static bool file_matches(const char *pattern, const char *file) {
    char anywhere[LONGEST_PATTERN];
    int size = snprintf(anywhere, sizeof anywhere, "*/%s", pattern);
    return matches(pattern, file) || (size < LONGEST_PATTERN && matches(anywhere, file));
}

/* `run`, `Poller.run` and `Poller.*` match Poller.run. */
static bool function_matches(const char *pattern, const char *function) {
    const char *dot = strrchr(function, '.');
    return matches(pattern, function) || (dot != NULL && matches(pattern, dot + 1));
}

static bool rule_matches(const tl_rule *rule, const char *file, const char *function) {
    return (rule->file == NULL || file_matches(rule->file, file)) &&
           (rule->function == NULL || function_matches(rule->function, function));
}

bool tl_is_debugger(const char *file) {
    const char *slash = strrchr(file, '/'), *name = slash != NULL ? slash + 1 : file;
    return strcmp(name, "bdb.py") == 0 || strcmp(name, "pdb.py") == 0 ||
           strstr(file, "debugpy") != NULL;
}

bool tl_source_line(const char *file, int number, char *out, size_t capacity) {
    char block[4096];
    ssize_t size;
    size_t used = 0;
    int line = 1;
    struct stat status;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return false;
    /* A pipe's content belongs to somebody else, and in a large file the line is far away. */
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > LARGEST_SOURCE)
        number = 0;
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

static const char *skip_blanks(const char *text) {
    return text + strspn(text, " \t");
}

/* Whether `kinds`, up to its `]`, lists the kind, between commas and blanks. */
static bool lists_kind(const char *kinds) {
    const char *end = strchr(kinds, ']');
    while (end != NULL && kinds < end) {
        const char *kind = skip_blanks(kinds);
        size_t size = strcspn(kind, ", \t]");
        if (size == sizeof KIND - 1 && memcmp(kind, KIND, size) == 0)
            return true;
        kinds = kind + strcspn(kind, ",]") + 1;
    }
    return false;
}

/* `# trueloop: ignore[blocked-loop]`, alone or among other kinds. */
static bool comment_silences(const char *line) {
    static const char us[] = "trueloop:", verb[] = "ignore[";
    for (const char *hash = strchr(line, '#'); hash != NULL; hash = strchr(hash + 1, '#')) {
        const char *text = skip_blanks(hash + 1);
        if (strncmp(text, us, sizeof us - 1) != 0)
            continue;
        text = skip_blanks(text + sizeof us - 1);
        if (strncmp(text, verb, sizeof verb - 1) == 0 && lists_kind(text + sizeof verb - 1))
            return true;
    }
    return false;
}

bool tl_is_silenced(const char *file, int line, const char *function) {
    char source[LONGEST_LINE];
    for (size_t i = 0; i < rule_count; i++)
        if (rule_matches(&rules[i], file, function))
            return true;
    return tl_source_line(file, line, source, sizeof source) && comment_silences(source);
}

static uint64_t hash(const char *text) { /* FNV-1a */
    uint64_t h = 14695981039346656037u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h;
}

bool tl_remember_written(const char *file, int line) {
    uint64_t place = hash(file) * 31 + (uint64_t)line;
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
