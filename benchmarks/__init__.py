"""Measures trueloop against the other asyncio loops: `python -m benchmarks`.

Knows trueloop through its public API only, like any program would. README.md tells the method.
"""
