"""`python -m trueloop`: the same as the command `trueloop`."""

import sys

from trueloop.cli import main

if __name__ == "__main__":
    sys.exit(main())
