#include "stack.h"

#include "linetable.h"
#include "memory.h"
#include "pystring.h"

#define LONGEST_FILENAME 4096
#define LONGEST_FUNCTION 256

static int read_name(tl_pool *pool, const void *string, size_t longest) {
    static char text[LONGEST_FILENAME]; /* one caller at a time */
    if (!tl_string_read(text, longest, string))
        return tl_pool_add(pool, "?"); /* a subclass of str, say: the frame counts all the same */
    return tl_pool_add(pool, text);
}

static int16_t as_short(int number) {
    return (int16_t)(number < INT16_MAX ? number : -1);
}

static bool read_line_of(tl_line_of *out, tl_pool *pool, const tl_place *place) {
    const tl_code *before = &place->says;
    tl_code after;
    out->file = read_name(pool, before->filename, LONGEST_FILENAME);
    out->function = read_name(pool, before->qualname, LONGEST_FUNCTION);
    tl_span span = tl_line(before->linetable, before->first_line, place->instruction);
    out->line = span.line;
    out->column = as_short(span.column);
    out->end = as_short(span.end);
    out->more_lines = as_short(span.more_lines);
    /* The code object may have been freed, and its memory reused, while it was read. */
    return tl_code_read(&after, place->code) && after.filename == before->filename &&
           after.qualname == before->qualname && after.linetable == before->linetable &&
           out->file >= 0 && out->function >= 0;
}

/* As in plain recursion, where much the same would be read many times. */
static bool is_repeated(const tl_chain *chain, int i) {
    return i > 0 && chain->places[i].code == chain->places[i - 1].code &&
           chain->places[i].instruction == chain->places[i - 1].instruction;
}

static tl_chain first, second; /* one caller at a time */

bool tl_stack_look(const void *thread) {
    if (!tl_chain_look(&first, thread) || !tl_chain_look(&second, thread))
        return false;
    tl_chain_agree(&second, &first);
    return second.depth > 0;
}

bool tl_stack_describe(tl_stack *stack) {
    unsigned char opcode;
    tl_pool_clear(&stack->pool);
    stack->depth = 0;
    stack->coroutines = 0;
    stack->truncated = !second.complete;
    stack->opcode = tl_read(&opcode, second.places[0].at, sizeof opcode) ? opcode : -1;
    for (int i = 0; i < second.depth; i++) {
        if (is_repeated(&second, i)) {
            stack->frames[i] = stack->frames[i - 1];
        } else if (!read_line_of(&stack->frames[i], &stack->pool, &second.places[i])) {
            /* Out of room for names: what is there is the inner part, and good. */
            stack->truncated = true;
            break;
        }
        if (tl_is_coroutine(&second.places[i].says))
            stack->coroutines |= (uint64_t)1 << i;
        stack->depth++;
    }
    return stack->depth > 0;
}

bool tl_stack_read(tl_stack *stack, const void *thread) {
    return tl_stack_look(thread) && tl_stack_describe(stack);
}
