#include "frames.h"

#include "layout.h"

/* Frames followed in one look, shims and half-made ones included: a torn chain must end. */
#define LONGEST_WALK (4 * TL_DEPTH)

#if TL_FRAMES

bool tl_frames_supported(void) {
    return true;
}

typedef enum { SHOWN, HIDDEN, BROKEN } verdict;

static verdict look_at(tl_place *place, const void *address, tl_frame *frame) {
    if (!tl_read(frame, address, offsetof(tl_frame, localsplus)))
        return BROKEN;
    if (tl_frame_is_shim(frame))
        return HIDDEN;
    place->frame = address;
    place->code = tl_frame_code(frame);
    if (!tl_code_read(&place->says, place->code))
        return BROKEN;
    const void *start = tl_frame_bytecode(frame, place->code);
    if (start == NULL)
        return BROKEN;
    intptr_t offset = (intptr_t)((uintptr_t)tl_frame_instruction(frame) - (uintptr_t)start);
    intptr_t unit = (intptr_t)sizeof(_Py_CODEUNIT);
    /* One unit before the start: a frame that has not begun, up to 3.12. */
    if (offset < -unit || offset >= place->says.units * unit)
        return BROKEN;
    place->instruction = (int)(offset / unit);
    place->at = tl_frame_instruction(frame);
    /* Before its first traceable instruction a frame is still being set up (cells, closure), and
     * CPython too keeps it out of tracebacks. Frames of generators are complete from the start. */
    if (place->instruction < place->says.first_traceable && !tl_frame_is_generator(frame))
        return HIDDEN;
    return SHOWN;
}

/* The innermost frame, at its first traceable instruction, has executed no line of its own yet.
 * What happens there is the call, and the caller's line says more than the line of the `def`. */
static bool has_not_begun(const tl_chain *chain) {
    const tl_place *place = &chain->places[chain->depth];
    return chain->depth == 0 && place->instruction == place->says.first_traceable;
}

bool tl_chain_look(tl_chain *chain, const void *thread) {
    tl_frame frame;
    const void *address = tl_current_frame(thread);
    chain->depth = 0;
    for (int walked = 0; address != NULL && chain->depth < TL_DEPTH; walked++) {
        if (walked == LONGEST_WALK)
            return false;
        verdict seen = look_at(&chain->places[chain->depth], address, &frame);
        if (seen == BROKEN)
            return false;
        if (seen == SHOWN && !has_not_begun(chain))
            chain->depth++;
        address = frame.previous;
        /* A generator's frame loses its caller when it suspends: it did so during this look, which
         * would else pass for a complete stack of one frame. */
        if (address == NULL && tl_frame_is_generator(&frame))
            return false;
    }
    chain->complete = address == NULL;
    return chain->depth > 0;
}

bool tl_chain_probe(tl_probe *probe, const void *thread) {
    tl_frame frame;
    probe->frame = tl_current_frame(thread);
    if (probe->frame == NULL || !tl_read(&frame, probe->frame, offsetof(tl_frame, localsplus)))
        return false;
    probe->instruction = tl_frame_instruction(&frame);
    return true;
}

bool tl_is_coroutine(const tl_code *code) {
    return code->flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE | CO_ASYNC_GENERATOR);
}

#else

bool tl_chain_probe(tl_probe *probe, const void *thread) {
    (void)probe, (void)thread;
    return false;
}

bool tl_is_coroutine(const tl_code *code) {
    (void)code;
    return false;
}

bool tl_frames_supported(void) {
    return false;
}

bool tl_chain_look(tl_chain *chain, const void *thread) {
    (void)thread;
    chain->depth = 0;
    return false;
}

#endif

static bool same_frame(const tl_place *a, const tl_place *b) {
    return a->frame == b->frame && a->code == b->code;
}

/* Where `place` is in `chain`, by the frame's address; -1 if it is not there. */
static int find(const tl_chain *chain, const tl_place *place) {
    for (int i = chain->depth - 1; i >= 0; i--)
        if (chain->places[i].frame == place->frame)
            return i;
    return -1;
}

/* A running thread changes its inner frames between the looks, and one look may follow a pointer
 * into a frame that has just been reused. The outer frames that both looks found alike, at the same
 * instruction, were there all the time; the innermost of these was running in between, so either
 * look is right about where. */
void tl_chain_agree(tl_chain *second, const tl_chain *first) {
    int i = first->depth - 1, j = second->depth - 1;
    if (!(first->complete && second->complete)) {
        /* Cut off at different ends: line them up by an outermost frame that both have. */
        int found = find(second, &first->places[i]);
        if (found >= 0)
            j = found;
        else
            i = find(first, &second->places[j]);
    }
    int outer = j;
    while (i >= 0 && j >= 0 && same_frame(&first->places[i], &second->places[j])) {
        bool still = first->places[i].instruction == second->places[j].instruction;
        i--;
        j--;
        if (!still)
            break;
    }
    int depth = outer - j;
    second->complete = second->complete && outer == second->depth - 1;
    for (int k = 0; k < depth; k++)
        second->places[k] = second->places[j + 1 + k];
    second->depth = depth;
}
