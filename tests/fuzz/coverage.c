/* Which parts of the native code a run has reached, for builds with -fsanitize-coverage=trace-pc.
 *
 * The compiler calls __sanitizer_cov_trace_pc() in every basic block. Loaded before everything else
 * (LD_PRELOAD), this counts them while `coverage_counts` is set, and coverage_news() says how many
 * were reached that no run before had, or a power of two more often.
 */

#include <stdint.h>
#include <string.h>

enum { SLOTS = 1 << 17 };

int coverage_counts;
static uint8_t counts[SLOTS]; /* of this run */
static uint8_t seen[SLOTS];   /* bits: how often at once, as powers of two, in any run */

void __sanitizer_cov_trace_pc(void)
{
    if (!coverage_counts)
        return;
    uint64_t place = (uint64_t)__builtin_return_address(0);
    uint8_t *count = &counts[(place * 0x9e3779b97f4a7c15u) >> 47];
    if (*count < 255)
        *count += 1;
}

void coverage_forget(void)
{
    memset(counts, 0, sizeof counts);
}

int coverage_news(void)
{
    int news = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
        if (!counts[slot])
            continue;
        uint8_t bit = 1 << (31 - __builtin_clz(counts[slot]));
        if (!(seen[slot] & bit)) {
            seen[slot] |= bit;
            news++;
        }
    }
    return news;
}

int coverage_reached(void)
{
    int reached = 0;
    for (int slot = 0; slot < SLOTS; slot++)
        reached += seen[slot] != 0;
    return reached;
}
