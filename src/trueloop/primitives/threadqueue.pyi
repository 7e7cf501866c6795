"""What mypy sees of the native queue: the one in Python has the same methods."""

from trueloop.elsewhere.threadqueue import BlockingFace as BlockingFace
from trueloop.elsewhere.threadqueue import ThreadQueue as ThreadQueue
