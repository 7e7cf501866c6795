"""A web crawler that accounts for every URL it has ever seen.

Reading order, which is also import order:
address, ledger, frontier, logs, fetch, robots, inject, parse, crawl, report, site, pages, options,
cli.
"""

__version__ = "0.1.0"
