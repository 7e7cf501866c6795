#define _GNU_SOURCE
#include "announce.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "excerpt.h"
#include "line.h"
#include "places.h"

/* A pipe takes PIPE_BUF bytes whole or not at all; a file takes any number. */
#define LARGEST 32768
#define MOST_CALLERS 6

static int text_fd = -1, json_fd = -1;
static struct stat json_file; /* what was open there when we were told */
static int own_text_fd = -1, own_json_fd = -1; /* of what is to be written; the watch thread's */
/* What is said in `hint` is as in stall.py; how a finding looks as text, as in text.py. */
static const char hint[] =
    "Await an asynchronous equivalent, or move the call off the loop: "
    "`await asyncio.to_thread(...)` for blocking I/O, a process pool for computation.";

static char text_space[LARGEST], json_space[LARGEST];
static tl_line_buffer text, json;

typedef struct account { /* what is said of the stall */
    const tl_stall *stall;
    const tl_sample *sample; /* the latest at the place that dominates */
    int user;                /* its frame that is to blame */
    double age_s, slow_s;
    double at_this_line_s;
    const double *at_s; /* by tl_doing */
    double lost_s;
} account;

/* As in accounting.py, in words and as `mostly`. */
static const struct {
    const char *words, *name;
} doings[TL_DOINGS] = {
    [TL_IN_PYTHON] = {"computing in Python", "python"},
    [TL_IN_C] = {"in C code", "c"},
    [TL_COLLECTING] = {"collecting garbage", "gc"},
    [TL_IN_CALL] = {"in system calls", "syscall"},
    [TL_HELD_UP] = {NULL, "gil"},
};
#define MOST 0.5
#define NEARLY_ALL 0.9

typedef void put_text(tl_line_buffer *, const char *);

void tl_announce_to(int new_text_fd, int new_json_fd, bool coloured) {
    tl_excerpt_start();
    tl_excerpt_colour(coloured);
    if (new_json_fd >= 0 && fstat(new_json_fd, &json_file) != 0)
        new_json_fd = -1;
    text_fd = new_text_fd;
    json_fd = new_json_fd;
}

/* A program that closes all its descriptors may get the number of the report for another file. */
static bool is_ours(int fd) {
    struct stat now;
    return fd != json_fd || (fstat(fd, &now) == 0 && now.st_dev == json_file.st_dev &&
                             now.st_ino == json_file.st_ino);
}

static bool writable(int fd) {
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    return fd >= 0 && is_ours(fd) && poll(&wait, 1, 0) == 1 && (wait.revents & POLLOUT) &&
           !(wait.revents & (POLLERR | POLLHUP | POLLNVAL));
}

/* What one write to `fd` may hold without a chance to block. */
static size_t capacity(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? LARGEST : PIPE_BUF;
}

static const char *file_of(const account *a, int frame) {
    return tl_pool_get(&a->stall->pool, a->sample->frames[frame].file);
}

static const char *function_of(const account *a, int frame) {
    return tl_pool_get(&a->stall->pool, a->sample->frames[frame].function);
}

/* The frame in which the loop itself runs: what lies further out called the loop, not the step. */
static bool runs_the_loop(const char *function) {
    const char *dot = strrchr(function, '.');
    return strcmp(dot != NULL ? dot + 1 : function, "run_forever") == 0;
}

/* The innermost frame of the developer's own code; without one, of an installed package; without
 * one, simply the innermost. */
static int user_frame(const tl_stall *stall, const tl_sample *sample) {
    int best = 0;
    tl_origin whose = LIBRARY;
    for (int i = 0; i < sample->depth && whose != USER; i++) {
        tl_origin origin = tl_origin_of(tl_pool_get(&stall->pool, sample->frames[i].file));
        if (origin == LIBRARY &&
            runs_the_loop(tl_pool_get(&stall->pool, sample->frames[i].function)))
            break;
        if (origin < whose) {
            whose = origin;
            best = i;
        }
    }
    return best;
}

static bool same_place(const tl_line_of *a, const tl_line_of *b) {
    return a->file == b->file && a->line == b->line && a->function == b->function;
}

/* Find the line where most of the time went. */
static void blame(account *a) {
    const tl_line_of *places[TL_SAMPLES];
    int users[TL_SAMPLES];
    uint64_t whole = 0, most = 0;
    for (int i = 0; i < a->stall->count; i++) {
        users[i] = user_frame(a->stall, &a->stall->samples[i]);
        places[i] = &a->stall->samples[i].frames[users[i]];
        whole += tl_stall_weight(a->stall, i);
    }
    for (int i = 0; i < a->stall->count; i++) {
        uint64_t weight = 0;
        if (a->stall->samples[i].held_up)
            continue; /* held up there by another thread */
        for (int j = 0; j < a->stall->count; j++)
            if (same_place(places[i], places[j]) && !a->stall->samples[j].held_up)
                weight += tl_stall_weight(a->stall, j);
        if (weight >= most) { /* of samples at one place, the latest */
            most = weight;
            a->sample = &a->stall->samples[i];
            a->user = users[i];
        }
    }
    /* What came after the last sample counts in proportion. */
    a->at_this_line_s = whole == 0 ? a->age_s : a->age_s * (double)most / (double)whole;
}

/* What took more than half of the time in which there was a processor; TL_UNKNOWN: nothing did. */
static tl_doing mostly(const account *a) {
    int most = TL_UNKNOWN;
    for (int i = 1; i < TL_DOINGS; i++)
        if (a->at_s[i] > a->at_s[most])
            most = i;
    return a->at_s[most] >= MOST * (a->age_s - a->lost_s) ? (tl_doing)most : TL_UNKNOWN;
}

static const char *longest_call(const account *a) {
    const char *name = NULL;
    uint64_t most = 0;
    for (int i = 0; i < TL_CALLS; i++)
        if (a->stall->seen.calls[i].ticks > most) {
            most = a->stall->seen.calls[i].ticks;
            name = tl_call_name(a->stall->seen.calls[i].number);
        }
    return name;
}

static void put_doing(tl_line_buffer *out, const account *a) {
    tl_doing doing = mostly(a);
    const char *call = doing == TL_IN_CALL ? longest_call(a) : NULL;
    if (doings[doing].words == NULL)
        return;
    tl_put(out, ", ");
    if (a->at_s[doing] < NEARLY_ALL * (a->age_s - a->lost_s))
        tl_put(out, "mostly ");
    if (call != NULL)
        tl_put(out, "in the system call %s", call);
    else
        tl_put(out, "%s", doings[doing].words);
}

static void put_details(const account *a) {
    const char *call = longest_call(a);
    tl_put(&json, "\"duration_s\":%.6f,\"threshold_s\":%.6f,\"at_this_line_s\":%.6f", a->age_s,
           a->slow_s, a->at_this_line_s);
    if (mostly(a) != TL_UNKNOWN)
        tl_put(&json, ",\"mostly\":\"%s\"", doings[mostly(a)].name);
    if (call != NULL)
        tl_put(&json, ",\"syscall\":\"%s\"", call);
    for (int i = 1; i < TL_DOINGS; i++)
        tl_put(&json, ",\"%s_s\":%.6f", doings[i].name, a->at_s[i]);
    tl_put(&json, ",\"samples\":%d", a->stall->count);
}

static void put_message(tl_line_buffer *out, const account *a, put_text *put_name) {
    put_name(out, function_of(a, a->user));
    tl_put(out, " has held the loop for %.3g s so far (allowed: %.3g s)", a->age_s, a->slow_s);
    put_doing(out, a);
    tl_put(out, "; nothing else can run");
}

static void put_json_frame(const account *a, int frame) {
    tl_put(&json, "{\"file\":");
    tl_put_json(&json, file_of(a, frame));
    tl_put(&json, ",\"line\":%d,\"function\":", a->sample->frames[frame].line);
    tl_put_json(&json, function_of(a, frame));
    tl_put(&json, "}");
}

static void compose_json(const account *a, int depth) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    tl_put(&json, "{\"kind\":\"blocked-loop\",\"severity\":\"error\",\"message\":\"");
    put_message(&json, a, tl_put_json_part);
    tl_put(&json, "\",\"hint\":\"%s\",\"time\":%lld.%06ld", hint, (long long)now.tv_sec,
           now.tv_nsec / 1000);
    tl_put(&json, ",\"count\":1,\"task\":null,\"where\":");
    put_json_frame(a, a->user);
    tl_put(&json, ",\"stack\":[");
    for (int i = 0; i < depth; i++) {
        tl_put(&json, "%s", i > 0 ? "," : "");
        put_json_frame(a, i);
    }
    tl_put(&json, "],\"related\":[],\"details\":{");
    put_details(a);
    tl_put(&json, "}}\n");
}

static int line_of(const account *a, int frame) {
    return a->sample->frames[frame].line;
}

static void put_place(const account *a, int frame) {
    tl_put_place(&text, file_of(a, frame), line_of(a, frame), function_of(a, frame));
}

/* Who called the guilty line, of the developer's own code, each line once in a row; how many. */
static int callers_of(const account *a, int depth, int *callers) {
    int count = 0, last = a->user;
    for (int i = a->user + 1; i < depth && count < MOST_CALLERS; i++) {
        bool is_same =
            line_of(a, i) == line_of(a, last) && strcmp(file_of(a, i), file_of(a, last)) == 0;
        if (!is_same && tl_origin_of(file_of(a, i)) == USER)
            callers[count++] = last = i;
    }
    return count;
}

static void put_advice(int width, const char *name, const char *advice) {
    tl_put_margin(&text, width, "=", " ");
    tl_put_style(&text, TL_ADVICE);
    tl_put(&text, "%s", name);
    tl_put_style(&text, TL_PLAIN);
    tl_put(&text, ": %s\n", advice);
}

static void compose_text(const account *a, int depth) {
    static tl_excerpt excerpt;
    int callers[MOST_CALLERS], count = callers_of(a, depth, callers), width;
    tl_excerpt_read(&excerpt, file_of(a, a->user), line_of(a, a->user));
    width = tl_digits(excerpt.count > 0 ? excerpt.first + excerpt.count - 1 : 0);
    for (int i = 0; i < count; i++)
        if (tl_digits(line_of(a, callers[i])) > width)
            width = tl_digits(line_of(a, callers[i]));
    tl_put(&text, "trueloop: ");
    tl_put_style(&text, TL_ERROR);
    tl_put(&text, "error[blocked-loop]");
    tl_put_style(&text, TL_PLAIN);
    tl_put(&text, ": ");
    tl_put_style(&text, TL_STRONG);
    put_message(&text, a, tl_put_shown);
    tl_put_style(&text, TL_PLAIN);
    tl_put(&text, "\n");
    tl_put_margin(&text, width, "-->", " ");
    put_place(a, a->user);
    if (excerpt.count > 0)
        tl_put_margin(&text, width, "|", "\n");
    tl_put_excerpt(&text, width, &excerpt);
    if (excerpt.count > 0 && count > 0)
        tl_put_margin(&text, width, "|", "\n");
    for (int i = 0; i < count; i++) {
        tl_put_margin(&text, width, ":::", " ");
        tl_put(&text, "called from: ");
        put_place(a, callers[i]);
        tl_put_source_of(&text, width, file_of(a, callers[i]), line_of(a, callers[i]));
    }
    tl_put_margin(&text, width, "|", "\n");
    put_advice(width, "hint", hint);
    put_advice(width, "docs", "trueloop explain blocked-loop");
}

/* Compose with as many frames as fit: the outermost go first. */
static void compose(tl_line_buffer *line, char *space, int fd, const account *a,
                    void (*put)(const account *, int)) {
    *line = (tl_line_buffer){space, 0, 0, false};
    if (!writable(fd))
        return;
    for (int depth = a->sample->depth; depth >= 0; depth--) {
        *line = (tl_line_buffer){space, 0, capacity(fd), false};
        put(a, depth);
        if (!line->full)
            return;
    }
    line->used = 0;
}

/* Somebody stepping through the program holds the loop on purpose. */
static bool is_debugged(const tl_stall *stall) {
    for (int i = 0; i < stall->count; i++)
        for (int j = 0; j < stall->samples[i].depth; j++)
            if (tl_is_debugger(tl_pool_get(&stall->pool, stall->samples[i].frames[j].file)))
                return true;
    return false;
}

/* A descriptor of our own: the program may close its one, and open another file under the number,
 * before it comes to the write. */
static int own(int fd, const tl_line_buffer *line) {
    return line->used > 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
}

bool tl_announce_compose(tl_stall *stall, uint64_t age_ns, uint64_t slow_ns,
                         const double at_s[TL_DOINGS], double lost_s) {
    account a = {stall, NULL, 0, (double)age_ns / 1e9, (double)slow_ns / 1e9, 0, at_s, lost_s};
    if ((text_fd < 0 && json_fd < 0) || !tl_stall_can_blame(stall) || is_debugged(stall))
        return false;
    blame(&a);
    stall->announced_at = a.sample->frames[a.user];
    if (tl_is_silenced(file_of(&a, a.user), stall->announced_at.line, function_of(&a, a.user)))
        return false;
    compose(&text, text_space, text_fd, &a, compose_text);
    compose(&json, json_space, json_fd, &a, compose_json);
    if (text.used + json.used == 0 ||
        !tl_remember_written(file_of(&a, a.user), stall->announced_at.line))
        return false;
    own_text_fd = own(text_fd, &text);
    own_json_fd = own(json_fd, &json);
    return true;
}

static void write_line(int fd, const tl_line_buffer *line) {
    if (fd < 0)
        return;
    /* One call: lines of several processes then do not mix. A failure has nobody to be told. */
    if (write(fd, line->text, line->used) < 0)
        errno = 0;
    close(fd);
}

void tl_announce_write(void) {
    write_line(own_text_fd, &text);
    write_line(own_json_fd, &json);
}
