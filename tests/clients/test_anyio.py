"""anyio on its asyncio backend: it reads asyncio's tasks and futures from the inside."""

import asyncio
import signal
import sys
import threading

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_process
import anyio.to_thread
import pytest
from anyio.streams.tls import TLSListener, TLSStream


def test_it_runs_on_the_loop_it_is_given(new_event_loop):
    async def main():
        return type(asyncio.get_running_loop())

    running = anyio.run(main, backend_options={"loop_factory": new_event_loop})
    made = new_event_loop()
    made.close()
    assert running is type(made)


def test_a_task_group_joins_its_tasks(run):
    async def main():
        results = []

        async def work(number):
            await anyio.lowlevel.checkpoint()
            results.append(number)

        async with anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(work, number)
        return results

    assert run(main) == [0, 1, 2, 3, 4]


def test_one_failure_cancels_the_other_tasks(run):
    async def main():
        log = []

        async def sibling():
            try:
                await anyio.sleep_forever()
            except anyio.get_cancelled_exc_class():
                log.append("sibling cancelled")
                raise

        async def fail():
            raise OSError("failed")

        try:
            async with anyio.create_task_group() as group:
                group.start_soon(sibling)
                await anyio.lowlevel.checkpoint()
                group.start_soon(fail)
        except* OSError as errors:
            log += [str(error) for error in errors.exceptions]
        return log

    assert run(main) == ["sibling cancelled", "failed"]


def test_a_started_task_reports_before_the_group_goes_on(run):
    async def main():
        async def serve(*, task_status):
            task_status.started("ready")
            await anyio.sleep_forever()

        async with anyio.create_task_group() as group:
            status = await group.start(serve)
            group.cancel_scope.cancel()
        return status

    assert run(main) == "ready"


def test_a_cancelled_scope_cancels_again_and_again_until_it_is_left(run):
    async def main():
        log = []
        with anyio.CancelScope() as scope:
            scope.cancel()
            for attempt in range(3):
                try:
                    await anyio.lowlevel.checkpoint()
                except anyio.get_cancelled_exc_class():
                    log.append(attempt)
        return log, asyncio.current_task().cancelling()

    assert run(main) == ([0, 1, 2], 0)


def test_a_shielded_scope_is_spared(run):
    async def main():
        log = []
        with anyio.CancelScope() as outer:
            outer.cancel()
            with anyio.CancelScope(shield=True):
                await anyio.lowlevel.checkpoint()
                log.append("shielded")
            await anyio.lowlevel.checkpoint()
            log.append("never")
        return log

    assert run(main) == ["shielded"]


def test_timeouts(run):
    async def main():
        with anyio.move_on_after(0.001) as scope:
            await anyio.sleep_forever()
        assert scope.cancelled_caught
        with pytest.raises(TimeoutError), anyio.fail_after(0.001):
            await anyio.sleep_forever()
        return "went on"

    assert run(main) == "went on"


def test_a_native_cancellation_leaves_the_scope(run):
    async def main():
        entered = asyncio.Event()

        async def wait():
            with anyio.CancelScope():
                entered.set()
                await anyio.Event().wait()

        task = asyncio.create_task(wait())
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main)


def test_a_scope_cancels_a_task_that_waits_for_a_plain_asyncio_future(run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        with anyio.CancelScope() as scope:
            asyncio.get_running_loop().call_soon(scope.cancel)
            await future
        return scope.cancelled_caught, future.cancelled()

    assert run(main) == (True, True)


def test_functions_run_in_worker_threads(run):
    async def main():
        async with anyio.create_task_group() as group:
            idents = set()
            meeting = threading.Barrier(3)

            def work():
                meeting.wait()
                idents.add(threading.get_ident())

            for _ in range(3):
                group.start_soon(anyio.to_thread.run_sync, work)
        return idents

    idents = run(main)
    assert len(idents) == 3
    assert threading.get_ident() not in idents


def test_a_limiter_bounds_the_worker_threads(run):
    async def main():
        limiter = anyio.CapacityLimiter(2)
        guard = threading.Lock()
        inside, most = 0, 0

        def work():
            nonlocal inside, most
            with guard:
                inside += 1
                most = max(most, inside)
            with guard:
                inside -= 1

        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(lambda: anyio.to_thread.run_sync(work, limiter=limiter))
        return most

    assert run(main) in (1, 2)


def test_a_worker_thread_calls_back_into_the_loop(run):
    async def main():
        async def double(number):
            await anyio.lowlevel.checkpoint()
            return 2 * number

        def work():
            loop = anyio.from_thread.run_sync(asyncio.get_running_loop)
            return loop, anyio.from_thread.run(double, 21)

        loop, result = await anyio.to_thread.run_sync(work)
        assert loop is asyncio.get_running_loop()
        return result

    assert run(main) == 42


def test_an_abandoned_thread_does_not_hold_its_caller(run):
    async def main():
        release = threading.Event()
        with anyio.move_on_after(0.01) as scope:
            await anyio.to_thread.run_sync(release.wait, abandon_on_cancel=True)
        release.set()
        return scope.cancelled_caught

    assert run(main) is True


def test_a_portal_lets_a_plain_program_call_coroutines(new_event_loop):
    async def double(number):
        await anyio.lowlevel.checkpoint()
        return 2 * number

    with anyio.from_thread.start_blocking_portal(
        "asyncio", {"loop_factory": new_event_loop}
    ) as portal:
        assert portal.call(double, 21) == 42
        futures = [portal.start_task_soon(double, number) for number in range(10)]
        assert [future.result() for future in futures] == [2 * number for number in range(10)]


def test_a_function_runs_in_a_worker_process(run):
    async def main():
        return await anyio.to_process.run_sync(sum, range(1000))

    assert run(main) == 499_500


def test_memory_streams_hold_their_sender_back(run):
    async def main():
        log = []
        send, receive = anyio.create_memory_object_stream(1)

        async def produce():
            async with send:
                for number in range(3):
                    await send.send(number)
                    log.append(f"sent {number}")

        async with anyio.create_task_group() as group, receive:
            group.start_soon(produce)
            await anyio.wait_all_tasks_blocked()
            assert log == ["sent 0"]
            async for number in receive:
                log.append(f"received {number}")
        return sorted(log)

    expected = [f"{what} {number}" for what in ("received", "sent") for number in range(3)]
    assert run(main) == expected


def test_its_primitives_wait_and_wake(run):
    async def main():
        log = []
        event, lock, gate = anyio.Event(), anyio.Lock(), anyio.Semaphore(2)

        async def work(name):
            await event.wait()
            async with gate, lock:
                log.append(name)
                await anyio.lowlevel.checkpoint()

        async with anyio.create_task_group() as group:
            for name in "abc":
                group.start_soon(work, name)
            await anyio.wait_all_tasks_blocked()
            event.set()
        return log

    assert run(main) == ["a", "b", "c"]


async def echo(stream):
    async with stream:
        async for chunk in stream:
            await stream.send(chunk)


async def receive_all(stream, size):
    received = bytearray()
    while len(received) < size:
        received += await stream.receive()
    return bytes(received)


def test_tcp_streams(run):
    message = bytes(range(256)) * 2000

    async def main():
        listener = await anyio.create_tcp_listener(local_host="localhost")
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, echo)
            async with await anyio.connect_tcp("localhost", port) as stream:
                group.start_soon(stream.send, message)
                received = await receive_all(stream, len(message))
            group.cancel_scope.cancel()
        return received

    assert run(main) == message


def test_tls_streams(run, certificate):
    message = bytes(range(256)) * 500

    async def main():
        tcp_listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        port = tcp_listener.extra(anyio.abc.SocketAttribute.local_port)
        listener = TLSListener(tcp_listener, certificate.server_context())
        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, echo)
            stream = await TLSStream.wrap(
                await anyio.connect_tcp("127.0.0.1", port),
                hostname="localhost",
                ssl_context=certificate.client_context(),
            )
            async with stream:
                group.start_soon(stream.send, message)
                received = await receive_all(stream, len(message))
            group.cancel_scope.cancel()
        return received

    assert run(main) == message


def test_unix_streams(run, tmp_path):
    async def main():
        path = tmp_path / "echo.sock"
        async with (
            await anyio.create_unix_listener(path) as listener,
            anyio.create_task_group() as group,
        ):
            group.start_soon(listener.serve, echo)
            async with await anyio.connect_unix(path) as stream:
                await stream.send(b"over a file")
                received = await stream.receive()
            group.cancel_scope.cancel()
        return received

    assert run(main) == b"over a file"


def test_datagrams(run):
    async def main():
        async with (
            await anyio.create_udp_socket(local_host="127.0.0.1") as receiver,
            await anyio.create_connected_udp_socket(
                "127.0.0.1", receiver.extra(anyio.abc.SocketAttribute.local_port)
            ) as sender,
        ):
            await sender.send(b"ask")
            question, address = await receiver.receive()
            await receiver.sendto(b"answer to " + question, *address)
            return await sender.receive()

    assert run(main) == b"answer to ask"


def test_processes(run):
    program = "import sys; sys.stdout.write(sys.stdin.read().upper())"

    async def main():
        finished = await anyio.run_process([sys.executable, "-c", program], input=b"shout")
        return finished.returncode, finished.stdout

    assert run(main) == (0, b"SHOUT")


def test_signals_are_received(run):
    async def main():
        with anyio.open_signal_receiver(signal.SIGUSR1) as signals:
            signal.raise_signal(signal.SIGUSR1)
            return await anext(signals)

    assert run(main) == signal.SIGUSR1


def test_files(run, tmp_path):
    async def main():
        path = anyio.Path(tmp_path / "notes.txt")
        await path.write_text("written")
        async with await anyio.open_file(path) as file:
            return await file.read()

    assert run(main) == "written"


def test_it_describes_the_running_tasks(run):
    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep_forever, name="sleeper")
            await anyio.wait_all_tasks_blocked()
            names = {task.name for task in anyio.get_running_tasks()}
            me = anyio.get_current_task()
            group.cancel_scope.cancel()
        return "sleeper" in names, me.name in names

    assert run(main) == (True, True)
