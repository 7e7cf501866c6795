"""Sequences of operations nobody would write: trueloop and asyncio must tell the same."""
