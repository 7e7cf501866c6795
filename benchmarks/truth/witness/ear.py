"""The ear: writes down what is said about a program, as it is said.

Each remark is flushed at once, by a system call that no tool gets to replace: the program may be
killed at any moment, and the tools replace a good deal.
"""

import json
import logging
import os
import re
import sys
import threading
import traceback
import warnings

# As in a traceback: File "a.py", line 3. As in a task's or handle's repr: running at a.py:3.
PLACE = re.compile(r'File "([^"]+)", line (\d+)|([^\s<>"\'=]+\.py):(\d+)')


class Ear:
    """Where tools, and Python itself, leave their remarks about one program."""

    def __init__(self, report, program):
        self._descriptor = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._write = os.write
        self._dumps = json.dumps
        self.program = program

    def note(self, source, text, frames=()):
        """Write down one remark, with the lines it names beside those in its text."""
        named = [(a or c, int(b or d)) for a, b, c, d in PLACE.findall(text)]
        places = [[file, line] for file, line in (*frames, *named)]
        remark = self._dumps({"source": source, "text": text, "frames": places})
        self._write(self._descriptor, remark.encode() + b"\n")

    def note_error(self, source, said, error):
        """Write down a remark with the exception it is about, its causes and groups included."""
        shown = "".join(traceback.format_exception(error)) if error is not None else ""
        self.note(source, f"{said}\n{shown}")

    def listen_to_log(self, name):
        """Hear what a logger says from WARNING on."""
        logging.getLogger(name).addHandler(Listener(self, name))

    def listen_to_python(self):
        """Hear what Python and asyncio say unasked: the log, warnings, what cannot be raised."""
        self.listen_to_log("asyncio")
        warnings.showwarning = self._hear_warning
        sys.unraisablehook = lambda hint: self.note_error(
            "unraisable",
            f"{hint.err_msg or 'Exception ignored in'}: {hint.object!r}",
            hint.exc_value,
        )
        sys.excepthook = lambda kind, error, trace: self.note_error("uncaught", "", error)
        threading.excepthook = lambda hint: self.note_error("thread", "", hint.exc_value)

    def _hear_warning(self, message, category, filename, lineno, file=None, line=None):
        self.note("warning", f"{category.__name__}: {message}", [(filename, lineno)])


class Listener(logging.Handler):
    """Takes what a logger says to the ear."""

    def __init__(self, ear, name):
        super().__init__(logging.WARNING)
        self._ear = ear
        self._name = name

    def emit(self, record):
        """Write down one record with its traceback."""
        error = record.exc_info[1] if record.exc_info else None
        self._ear.note_error(f"log {self._name}", record.getMessage(), error)
