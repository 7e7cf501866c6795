"""A detector's mistakes stay with trueloop; a Ctrl-C that meets a detector is the program's."""

import asyncio
import signal

import pytest

import trueloop
from trueloop.diagnostics import attachment
from trueloop.diagnostics.attachment import guarded, together
from trueloop.observable import SLOTS


def test_every_slot_exists_in_the_kernel():
    loop = trueloop.new_event_loop()

    assert all(hasattr(loop.hooks, slot) for slot in SLOTS)
    loop.close()


def test_new_loop_is_watched():
    loop = trueloop.new_event_loop()

    for slot in ("slow_step", "exception_lost", "task_failed", "reported", "abandoned"):
        assert callable(getattr(loop.hooks, slot))
    loop.close()


def test_hot_hooks_are_left_empty():
    loop = trueloop.new_event_loop()

    for slot in ("before_step", "after_step", "wait_begins", "task_created", "task_finished"):
        assert getattr(loop.hooks, slot) is None
    loop.close()


def test_switch_in_the_environment_leaves_all_hooks_empty(monkeypatch):
    monkeypatch.setenv("TRUELOOP_DIAGNOSTICS", "0")
    loop = trueloop.new_event_loop()

    assert all(getattr(loop.hooks, slot) is None for slot in SLOTS)
    loop.close()


def test_mistake_of_a_detector_is_unraisable():
    seen = []

    def mistaken():
        raise LookupError("ours")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.unraisablehook", lambda args: seen.append(args.exc_value))
        assert guarded(mistaken)() is None

    assert [type(error) for error in seen] == [LookupError]


def test_interruption_of_a_detector_is_sent_again():
    def interrupted():
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        guarded(interrupted)()


def test_detector_is_not_called_while_the_interpreter_goes_away():
    called = []

    assert guarded(lambda: called.append(1), is_finalizing=lambda: True)() is None
    assert called == []


def test_several_detectors_share_a_hook():
    called = []

    def first(value):
        called.append(("first", value))

    def second(value):
        called.append(("second", value))
        return True

    assert together([first, second])(3) is True
    assert called == [("first", 3), ("second", 3)]
    assert together([first]) is first


def test_each_detector_is_put_on_the_hooks_that_it_names(monkeypatch):
    called = []

    class Detector:
        kind = "lost-exception"
        needs = ("task_failed",)

        def __init__(self, record):
            self.record = record

        def task_failed(self, task):
            called.append(task.get_name())

        def slow_step(self, *_):
            pass

    monkeypatch.setattr(attachment, "DETECTORS", (Detector, Detector))
    monkeypatch.setenv("TRUELOOP_DIAGNOSTICS", "0")
    loop = trueloop.new_event_loop()
    monkeypatch.delenv("TRUELOOP_DIAGNOSTICS")
    attachment.Attachment(print).attach(loop)

    async def main():
        async def fail():
            raise ValueError

        await asyncio.gather(loop.create_task(fail(), name="failing"), return_exceptions=True)

    loop.run_until_complete(main())
    loop.close()
    assert called == ["failing", "failing"]
    assert loop.hooks.abandoned is None
