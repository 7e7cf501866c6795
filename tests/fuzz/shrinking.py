"""Shrinking: the smallest tape that still fails.

Law: knows no player; asks `fails` about each candidate, a limited number of times.
"""

from collections.abc import Callable

QUESTIONS_AT_MOST = 2000


def smallest(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """`data` with all left out, then lowered, that is not needed for `fails(data)`."""
    left = QUESTIONS_AT_MOST
    length = len(data) // 2
    while length and left > 0:
        start = 0
        while start < len(data) and left > 0:
            left -= 1
            shorter = data[:start] + data[start + length :]
            if fails(shorter):
                data = shorter
            else:
                start += length
        length //= 2
    for place in range(len(data)):
        for value in (0, 1, 2, 3):
            if left > 0 and value < data[place]:
                left -= 1
                lower = data[:place] + bytes([value]) + data[place + 1 :]
                if fails(lower):
                    data = lower
                    break
    return data
