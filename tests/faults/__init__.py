"""Faults: every system call and every allocation of a scenario fails once, and nothing may break.

`python -m tests.faults --help`; tests/faults/README.md says how it works.
"""
