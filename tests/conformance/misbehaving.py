"""Tests that pass, fail, hang and crash, for the test of the watch; not collected by pytest."""

import os
import threading
import unittest


class Misbehaving(unittest.TestCase):
    """In the order in which they run."""

    def test_1_passes(self):
        pass

    def test_2_hangs(self):
        threading.Event().wait()

    def test_3_fails(self):
        self.fail("on purpose")

    def test_4_kills_its_process(self):
        os.abort()

    def test_5_is_skipped(self):
        self.skipTest("for a reason")

    def test_6_interrupts(self):
        raise KeyboardInterrupt

    def test_7_passes(self):
        pass
