"""Loops and tasks in the hands of several threads, with and without a GIL."""
