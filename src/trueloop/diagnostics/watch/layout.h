/* What the watch must know of CPython's insides, for the version it is compiled against.
 *
 * Law: the only door to CPython's internal structures. Each layout_*.h describes one version by
 *   TL_FRAMES                  1: frames of this version can be read
 *   tl_frame                   the part of a frame that is read
 *   tl_current_frame(thread)   address of the innermost frame of the PyThreadState at `thread`
 *   tl_frame_is_shim(frame)    the frame stands for C code and has no Python code to show
 *   tl_frame_code(frame)       address of its code object
 *   tl_frame_instruction(frame)  address of the instruction it executes
 *   tl_frame_bytecode(frame, code)  address of the first instruction of the bytecode it executes
 *   tl_frame_is_generator(frame) owned by a generator or coroutine
 *   TL_GIL_SIZE                size of the GIL, in bytes
 *   tl_gil_of(thread)          its address, for the PyThreadState at `thread`; NULL: unknown
 *   tl_gil_holder(gil)         PyThreadState of who has it, NULL if nobody
 * taken from CPython's own headers, so that builds of one version that differ (debug, distribution
 * patches) are read rightly. What the headers cannot tell, that the interpreter this runs in is the
 * one they describe, is checked before the watch starts (selfcheck.py). All reads go through
 * tl_read(): a wrong layout gives nonsense or nothing, but no crash.
 *
 * When a new version appears: read Include/internal/pycore_*frame*.h, write its header, and run the
 * random-stall test. Until then it has layout_unknown.h, and stacks are read politely (polite.h).
 */
#ifndef TL_LAYOUT_H
#define TL_LAYOUT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "memory.h"

#if defined(PYPY_VERSION)
#include "layout_unknown.h"
#elif PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030C0000
#include "layout_3_11.h"
#elif PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
#include "layout_3_12.h"
#elif PY_VERSION_HEX >= 0x030D0000 && PY_VERSION_HEX < 0x030E0000
#include "layout_3_13.h"
#elif PY_VERSION_HEX >= 0x030E0000 && PY_VERSION_HEX < 0x03100000
#include "layout_3_14.h"
#else
#include "layout_unknown.h"
#endif

#include "layout_collector.h"
#include "layout_world.h"

#endif
