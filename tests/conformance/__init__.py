"""CPython's own asyncio tests, run on another event loop and judged against asyncio.

Nothing of CPython's is kept here: the tests are those installed with the running Python.

Reading order: `substitution` hands the loop under test to CPython's tests, `selection` decides
which of them run, `child` runs them one by one, `watch` looks after a child so that a hang or a
crash costs one test, `verdict` compares with asyncio, `__main__` is the command.
"""
