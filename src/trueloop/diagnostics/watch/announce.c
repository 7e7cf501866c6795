#define _GNU_SOURCE
#include "announce.h"

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "line.h"
#include "places.h"

/* A pipe takes PIPE_BUF bytes whole or not at all; a file takes any number. */
#define LARGEST 32768

static int text_fd = -1, json_fd = -1;
static char text_space[LARGEST], json_space[LARGEST];
static tl_line_buffer text, json;

typedef struct account { /* what is said of the stall */
    const tl_stall *stall;
    const tl_sample *sample; /* the latest at the place that dominates */
    int user;                /* its frame that is to blame */
    double age_s, slow_s;
    int share_percent; /* of the time seen, spent at that place */
} account;

void tl_announce_to(int new_text_fd, int new_json_fd) {
    text_fd = new_text_fd;
    json_fd = new_json_fd;
}

static bool writable(int fd) {
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    return fd >= 0 && poll(&wait, 1, 0) == 1 && (wait.revents & POLLOUT) &&
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

/* The innermost frame of the developer's own code; without one, of an installed package; without one,
 * simply the innermost. */
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
        for (int j = 0; j < a->stall->count; j++)
            if (same_place(places[i], places[j]))
                weight += tl_stall_weight(a->stall, j);
        if (weight >= most) { /* of samples at one place, the latest */
            most = weight;
            a->sample = &a->stall->samples[i];
            a->user = users[i];
        }
    }
    a->share_percent = whole == 0 ? 100 : (int)((double)most * 100 / (double)whole + 0.5);
}

static void put_message(tl_line_buffer *out, const account *a) {
    const char *path = file_of(a, a->user), *name = strrchr(path, '/');
    char message[512];
    tl_line_buffer m = {message, 0, sizeof message, false};
    tl_put(&m, "the loop has been blocked for %.2f s and still is: ", a->age_s);
    tl_put_shown(&m, function_of(a, a->user));
    tl_put(&m, " at ");
    tl_put_shown(&m, name != NULL && name[1] != '\0' ? name + 1 : path);
    tl_put(&m, ":%d does not let go of it (a step may take %.3g s)", a->sample->frames[a->user].line,
           a->slow_s);
    if (out == &json)
        tl_put_json(out, message);
    else
        tl_put(out, "%s", message);
}

static const char hint[] =
    "await an asynchronous version of the call that blocks, or hand it to a thread with "
    "asyncio.to_thread(); give long computations to a process pool";

static void put_json_frame(const account *a, int frame) {
    tl_put(&json, "{\"file\": ");
    tl_put_json(&json, file_of(a, frame));
    tl_put(&json, ", \"line\": %d, \"function\": ", a->sample->frames[frame].line);
    tl_put_json(&json, function_of(a, frame));
    tl_put(&json, "}");
}

static void compose_json(const account *a, int depth) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    tl_put(&json, "{\"kind\": \"blocked-loop\", \"severity\": \"error\", \"message\": ");
    put_message(&json, a);
    tl_put(&json, ", \"hint\": \"%s\", \"time\": %lld.%06ld, \"count\": 1, \"task\": null, \"where\": ",
           hint, (long long)now.tv_sec, now.tv_nsec / 1000);
    put_json_frame(a, a->user);
    tl_put(&json, ", \"stack\": [");
    for (int i = 0; i < depth; i++) {
        tl_put(&json, "%s", i > 0 ? ", " : "");
        put_json_frame(a, i);
    }
    tl_put(&json,
           "], \"related\": [], \"details\": {\"duration_ms\": %.1f, \"threshold_ms\": %.1f, "
           "\"samples\": %d, \"share_percent\": %d}}\n",
           a->age_s * 1e3, a->slow_s * 1e3, a->stall->count, a->share_percent);
}

static void compose_text(const account *a, int depth) {
    tl_put(&text, "trueloop: error: blocked-loop: ");
    put_message(&text, a);
    tl_put(&text, "\n");
    for (int i = 0; i < depth; i++) {
        tl_put(&text, "  %s ", i == a->user ? ">" : " ");
        tl_put_shown(&text, file_of(a, i));
        tl_put(&text, ":%d in ", a->sample->frames[i].line);
        tl_put_shown(&text, function_of(a, i));
        tl_put(&text, "\n");
    }
    tl_put(&text, "    hint: %s\n", hint);
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

bool tl_announce_compose(const tl_stall *stall, uint64_t age_ns, uint64_t slow_ns) {
    account a = {stall, NULL, 0, (double)age_ns / 1e9, (double)slow_ns / 1e9, 0};
    if ((text_fd < 0 && json_fd < 0) || stall->count == 0)
        return false;
    blame(&a);
    const tl_line_of *place = &a.sample->frames[a.user];
    if (tl_is_silenced(file_of(&a, a.user), place->line, function_of(&a, a.user)))
        return false;
    compose(&text, text_space, text_fd, &a, compose_text);
    compose(&json, json_space, json_fd, &a, compose_json);
    return text.used + json.used > 0 &&
           tl_remember_written(file_of(&a, a.user), place->line);
}

static void write_line(int fd, const tl_line_buffer *line) {
    /* One call: lines of several processes then do not mix. A failure has nobody to be told. */
    if (line->used > 0 && write(fd, line->text, line->used) < 0)
        return;
}

void tl_announce_write(void) {
    write_line(text_fd, &text);
    write_line(json_fd, &json);
}
