/* Names of system calls.
 *
 * Law: a table, of those in which a program may spend its time.
 */
#ifndef TL_CALLS_H
#define TL_CALLS_H

/* The name of a system call by its number; NULL if it is not in the table. */
const char *tl_call_name(int number);

#endif
