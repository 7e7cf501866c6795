"""python -m honest_crawl."""

import sys

from honest_crawl.cli import main

if __name__ == "__main__":
    sys.exit(main())
