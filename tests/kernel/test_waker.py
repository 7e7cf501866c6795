"""The waker: other threads and signals reach a loop, in order, asleep or awake."""

import asyncio
import contextvars
import gc
import os
import signal
import threading
import weakref

import pytest

import trueloop


def drain(loop):
    loop.call_soon(loop.stop)
    loop.run_forever()


def test_what_each_of_eight_threads_posts_arrives_in_its_order(either_loop):
    arrived = []
    each = 3000

    def post(tag):
        for n in range(each):
            either_loop.call_soon_threadsafe(receive, tag, n)

    def receive(tag, n):
        arrived.append((tag, n))
        if len(arrived) == 8 * each:
            either_loop.stop()

    threads = [threading.Thread(target=post, args=(tag,)) for tag in range(8)]
    either_loop.call_soon(lambda: [thread.start() for thread in threads])
    either_loop.run_forever()
    for thread in threads:
        thread.join()
    for tag in range(8):
        assert [n for by, n in arrived if by == tag] == list(range(each))


def test_a_sleeping_loop_is_woken_each_time(either_loop):
    """One call at a time, each made only when the loop has nothing else to do."""
    answered = threading.Semaphore(0)
    rounds = 300

    def ask():
        for _ in range(rounds):
            either_loop.call_soon_threadsafe(answered.release)
            answered.acquire()
        either_loop.call_soon_threadsafe(either_loop.stop)

    thread = threading.Thread(target=ask)
    thread.start()
    either_loop.run_forever()
    thread.join()


def test_what_a_thread_posts_runs_in_a_copy_of_its_context(either_loop):
    var = contextvars.ContextVar("var", default="nobody's")
    seen = []

    def note():
        seen.append(var.get())
        var.set("the callback's")

    def post():
        for owner in ("nobody's", "first", "second"):
            if owner != "nobody's":
                var.set(owner)
            either_loop.call_soon_threadsafe(note)
            either_loop.call_soon_threadsafe(note)
        either_loop.call_soon_threadsafe(either_loop.stop)

    thread = threading.Thread(target=post)
    thread.start()
    either_loop.run_forever()
    thread.join()
    either_loop.call_soon_threadsafe(note)
    drain(either_loop)
    assert seen == ["nobody's"] * 2 + ["first"] * 2 + ["second"] * 2 + ["nobody's"]


def test_a_callback_is_posted_with_arguments_and_a_context(either_loop):
    var = contextvars.ContextVar("var")
    context = contextvars.copy_context()
    context.run(var.set, "given")
    seen = []
    either_loop.call_soon_threadsafe(lambda *args: seen.append((args, var.get())), context=context)
    either_loop.call_soon_threadsafe(seen.append, 1)
    either_loop.call_soon_threadsafe(lambda *args: seen.append(args), 1, 2, 3, context=None)
    drain(either_loop)
    assert seen == [((), "given"), 1, (1, 2, 3)]
    with pytest.raises(TypeError, match=r"callback|positional"):
        either_loop.call_soon_threadsafe()
    with pytest.raises(TypeError, match="nonsense"):
        either_loop.call_soon_threadsafe(print, nonsense=1)


def test_a_sleeping_loop_forgets_the_context_of_a_thread_that_posted(either_loop):
    class Value:
        pass

    var = contextvars.ContextVar("var")
    value = Value()
    gone = weakref.ref(value)

    def post(value):
        var.set(value)
        either_loop.call_soon_threadsafe(lambda: None)

    async def main(thread):
        thread.start()
        thread.join()
        del thread  # which from 3.14 on has a context of its own
        for _ in range(3):
            await asyncio.sleep(0.001)
        gc.collect()
        return gone()

    coroutine = main(threading.Thread(target=post, args=(value,)))
    del value
    assert either_loop.run_until_complete(coroutine) is None


def test_coroutines_of_other_threads_give_their_result(either_loop):
    async def double(n):
        await asyncio.sleep(0)
        return 2 * n

    def ask():
        for n in range(50):
            made = asyncio.run_coroutine_threadsafe(double(n), either_loop)
            results.append(made.result())
        either_loop.call_soon_threadsafe(either_loop.stop)

    results = []
    thread = threading.Thread(target=ask)
    thread.start()
    either_loop.run_forever()
    thread.join()
    assert results == [2 * n for n in range(50)]


def test_what_was_posted_before_the_run_is_run_first(either_loop):
    ran = []
    thread = threading.Thread(target=either_loop.call_soon_threadsafe, args=(ran.append, 1))
    thread.start()
    thread.join()
    either_loop.call_soon(ran.append, 2)
    drain(either_loop)
    assert ran == [1, 2]


def test_a_posted_call_can_be_cancelled(either_loop):
    handle = either_loop.call_soon_threadsafe(pytest.fail, "cancelled")
    handle.cancel()
    drain(either_loop)


def test_a_closed_loop_refuses(either_loop):
    either_loop.close()
    with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
        either_loop.call_soon_threadsafe(print)


def test_posting_while_the_loop_closes_ends_in_a_refusal_and_no_crash():
    for _ in range(30):
        loop = trueloop.new_event_loop()
        started = threading.Barrier(4)

        def post(loop=loop, started=started):
            started.wait()
            try:
                while True:
                    loop.call_soon_threadsafe(len, ())
            except RuntimeError:
                pass

        threads = [threading.Thread(target=post) for _ in range(3)]
        for thread in threads:
            thread.start()
        started.wait()
        drain(loop)
        loop.close()
        for thread in threads:
            thread.join()


class TestSignals:
    def later(self, signum):
        """Send a signal when the loop most likely sleeps."""
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signum))
        timer.start()
        return timer

    def test_a_signal_handler_of_the_loop_wakes_it(self, either_loop):
        ran = []

        def handler(*arguments):
            ran.append((arguments, asyncio.get_running_loop()))
            either_loop.stop()

        either_loop.add_signal_handler(signal.SIGUSR1, handler, 1, 2)
        sender = self.later(signal.SIGUSR1)
        either_loop.run_forever()
        sender.join()
        assert ran == [((1, 2), either_loop)]
        assert either_loop.remove_signal_handler(signal.SIGUSR1)
        assert not either_loop.remove_signal_handler(signal.SIGUSR1)

    def test_a_plain_signal_handler_runs_while_the_loop_sleeps(self, either_loop):
        def handler(signum, frame):
            either_loop.call_soon_threadsafe(either_loop.stop)

        before = signal.signal(signal.SIGUSR2, handler)
        try:
            sender = self.later(signal.SIGUSR2)
            either_loop.run_forever()
            sender.join()
        finally:
            signal.signal(signal.SIGUSR2, before)

    def test_an_exception_of_a_plain_signal_handler_ends_the_run(self, either_loop):
        class Stop(Exception):
            pass

        def handler(signum, frame):
            raise Stop

        before = signal.signal(signal.SIGUSR2, handler)
        try:
            sender = self.later(signal.SIGUSR2)
            with pytest.raises(Stop):
                either_loop.run_forever()
            sender.join()
            drain(either_loop)
        finally:
            signal.signal(signal.SIGUSR2, before)

    def test_signals_while_the_loop_is_busy(self, either_loop):
        """No pass is made of nothing but native code: the handler gets its turn."""
        seen = []
        either_loop.add_signal_handler(signal.SIGUSR1, seen.append, 1)

        async def busy():
            while not seen:  # noqa: ASYNC110  # keeps the loop from sleeping
                await asyncio.sleep(0)

        sender = self.later(signal.SIGUSR1)
        either_loop.run_until_complete(busy())
        sender.join()
        either_loop.remove_signal_handler(signal.SIGUSR1)

    def test_many_signals_of_two_kinds(self, either_loop):
        seen = {signal.SIGUSR1: 0, signal.SIGUSR2: 0}

        def count(signum):
            seen[signum] += 1
            if all(seen.values()):
                either_loop.stop()

        for signum in seen:
            either_loop.add_signal_handler(signum, count, signum)
        for _ in range(100):
            os.kill(os.getpid(), signal.SIGUSR1)
            os.kill(os.getpid(), signal.SIGUSR2)
        either_loop.run_forever()
        for signum in seen:
            either_loop.remove_signal_handler(signum)
        assert all(seen.values())
