"""blockbuster, activated before the program begins.

It reports by raising. What it raised is noted even if the program swallows it.
"""

import traceback

from blockbuster import BlockBuster, BlockingError


def begin(ear):
    """Activate it, and note each of its exceptions as it is made."""
    make = BlockingError.__init__

    def noted(self, function):
        make(self, function)
        stack = traceback.extract_stack()[:-1]
        ear.note("blockbuster", str(self), [(frame.filename, frame.lineno) for frame in stack])

    BlockingError.__init__ = noted
    BlockBuster().activate()
