"""EventLoop: the native kernel joined with CPython's own cold paths.

Law: what runs per step, per callback, per timer and per packet is the kernel's; everything else is
inherited from CPython's asyncio and so improves with each CPython. This file only joins the two.

Every private CPython name that the join relies on stands in PRIVATE_NAMES; a test says which of
them a new CPython has changed.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from asyncio import (
    base_events,
    base_futures,
    base_tasks,
    constants,
    coroutines,
    events,
    format_helpers,
    futures,
    runners,
    selector_events,
    tasks,
    transports,
    unix_events,
)
from typing import TYPE_CHECKING, Any

from trueloop import creators, livetasks, tls
from trueloop.awaitgraph import awaited_by
from trueloop.kernel import (
    fastcalls,  # noqa: F401  # gives Loop its fastest methods
    sockets,
)
from trueloop.kernel import hooks as kernel_hooks
from trueloop.kernel.datagram import DatagramTransport
from trueloop.kernel.future import answer_awaited_by
from trueloop.kernel.loop import Loop
from trueloop.kernel.stream import StreamTransport
from trueloop.observed import ObservedLoop
from trueloop.pollerview import PollerView
from trueloop.transports import ReadPipeTransport, WritePipeTransport

if TYPE_CHECKING:
    import contextvars
    import ssl
    from collections.abc import Callable

    ProtocolFactory = Callable[[], asyncio.BaseProtocol]

__all__ = ["EventLoop", "new_event_loop"]


livetasks.show_to_asyncio()
answer_awaited_by(awaited_by)

# object -> the names of it that are used here or in the kernel
PRIVATE_NAMES: dict[Any, tuple[str, ...]] = {
    base_events.BaseEventLoop: (
        "_check_callback",
        "_check_running",
        "_check_thread",
        "_asyncgen_firstiter_hook",
        "_asyncgen_finalizer_hook",
        "_set_coroutine_origin_tracking",
    ),
    base_events: (
        "_check_ssl_socket",
        "_format_handle",
        "_run_until_complete_cb",
        "_set_nodelay",
    ),
    base_events.Server: ("_attach", "_detach"),
    selector_events.BaseSelectorEventLoop: (
        "_accept_connection2",
        "_add_reader",
        "_add_writer",
        "_close_self_pipe",
        "_ensure_fd_no_transport",
        "_make_self_pipe",
        "_make_datagram_transport",
        "_make_socket_transport",
        "_make_ssl_transport",
        "_remove_reader",
        "_remove_writer",
        "_write_to_self",
    ),
    selector_events: ("_SelectorDatagramTransport",),
    unix_events: ("_UnixReadPipeTransport", "_UnixWritePipeTransport"),
    unix_events._UnixSelectorEventLoop: (
        "_handle_signal",
        "_make_read_pipe_transport",
        "_make_write_pipe_transport",
        "_process_self_data",
    ),
    base_futures: ("_future_repr",),
    coroutines: ("_is_coroutine",) if hasattr(coroutines, "_is_coroutine") else (),
    base_tasks: ("_task_get_stack", "_task_print_stack", "_task_repr"),
    events: (
        "_get_running_loop",
        "_set_running_loop",
        *(("_get_event_loop",) if sys.version_info < (3, 12) else ()),
    ),
    format_helpers: ("_format_callback_source",),
    futures: ("_chain_future", "_convert_future_exc", "_get_loop", "_set_result_unless_cancelled"),
    runners: ("_cancel_all_tasks",),
    tasks: (
        *(("_AsCompletedIterator",) if sys.version_info >= (3, 13) else ()),
        *(("_current_tasks",) if sys.version_info < (3, 14) else ()),
        "_enter_task",
        "_leave_task",
        "_register_task",
        "_unregister_task",
        *(
            ("_register_eager_task", "_swap_current_task", "_unregister_eager_task")
            if sys.version_info >= (3, 12)
            else ()
        ),
    ),
    transports: ("_FlowControlMixin",),
    constants: ("_SendfileMode",),
}


class EventLoop(Loop, ObservedLoop, asyncio.SelectorEventLoop):
    """A complete asyncio event loop: native scheduling, CPython's everything else."""

    def __init__(self) -> None:
        try:
            super().__init__(PollerView(self.poller))
            for attach in kernel_hooks.on_new_loop:
                attach(self)
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        """Close what could not be made completely: for want of descriptors, or of memory."""
        for sock in (self._ssock, self._csock):
            if sock is not None:
                sock.close()
        self._closed = True
        self._let_go()

    # -- running

    def run_forever(self) -> None:
        """Run until stop() is called."""
        self._check_closed()
        self._check_running()
        self._set_coroutine_origin_tracking(self._debug)
        outer_hooks = sys.get_asyncgen_hooks()
        try:
            self._thread_id = threading.get_ident()
            sys.set_asyncgen_hooks(
                firstiter=self._asyncgen_firstiter_hook,
                finalizer=self._asyncgen_finalizer_hook,
            )
            events._set_running_loop(self)
            with self._noting_outcome():
                self._run()
        finally:
            events._set_running_loop(None)  # first what needs no memory
            self._thread_id = None
            self._stopping = False
            self._set_coroutine_origin_tracking(False)
            sys.set_asyncgen_hooks(*outer_hooks)

    def close(self) -> None:
        """Close the loop; it must not be running."""
        if self.is_running():
            raise RuntimeError("Cannot close a running event loop")
        if self._closed:
            return
        super().close()
        self._let_go()

    # -- the self-pipe: CPython's sockets, the kernel's waker

    _ssock: socket.socket | None = None
    _csock: socket.socket | None = None

    def _make_self_pipe(self) -> None:
        self._ssock, self._csock = socket.socketpair()
        self._ssock.setblocking(False)
        self._csock.setblocking(False)
        self._internal_fds += 1
        self._open_bell(self._ssock.fileno(), self._csock.fileno())

    def _close_self_pipe(self) -> None:
        self._close_bell()
        for sock in (self._ssock, self._csock):
            if sock is not None:
                sock.close()
        self._ssock = self._csock = None  # once closed, as asyncio has it
        self._internal_fds -= 1

    def _write_to_self(self) -> None:
        self.waker.wake()

    # -- sockets of the program's own

    sock_accept = sockets.sock_accept
    sock_recv = sockets.sock_recv  # type: ignore[assignment]  # typeshed says nbytes for n
    sock_recv_into = sockets.sock_recv_into
    sock_recvfrom = sockets.sock_recvfrom
    sock_recvfrom_into = sockets.sock_recvfrom_into
    sock_sendall = sockets.sock_sendall
    sock_sendto = sockets.sock_sendto

    # -- transports

    def _make_socket_transport(
        self,
        sock: socket.socket,
        protocol: asyncio.BaseProtocol,
        waiter: asyncio.Future[None] | None = None,
        *,
        extra: dict[str, Any] | None = None,
        server: base_events.Server | None = None,
        context: contextvars.Context | None = None,
    ) -> StreamTransport:
        self._ensure_fd_no_transport(sock)
        return StreamTransport(self, sock, protocol, waiter, extra, server, context)

    def _make_ssl_transport(
        self,
        rawsock: socket.socket,
        protocol: asyncio.BaseProtocol,
        sslcontext: ssl.SSLContext,
        waiter: asyncio.Future[None] | None = None,
        *,
        server_side: bool = False,
        server_hostname: str | None = None,
        extra: dict[str, Any] | None = None,
        server: base_events.Server | None = None,
        ssl_handshake_timeout: float | None = constants.SSL_HANDSHAKE_TIMEOUT,
        ssl_shutdown_timeout: float | None = constants.SSL_SHUTDOWN_TIMEOUT,
        context: contextvars.Context | None = None,
    ) -> asyncio.Transport:
        self._ensure_fd_no_transport(rawsock)
        ssl_protocol = tls.protocol_class()(
            self,
            protocol,
            sslcontext,
            waiter,  # type: ignore[arg-type]  # typeshed is narrower than asyncio
            server_side,
            server_hostname,
            ssl_handshake_timeout=ssl_handshake_timeout,  # type: ignore[arg-type]  # likewise
            ssl_shutdown_timeout=ssl_shutdown_timeout,
        )
        StreamTransport(self, rawsock, ssl_protocol, None, extra, server, context)
        return ssl_protocol._app_transport

    async def start_tls(self, *args: Any, **kwargs: Any) -> Any:
        """Upgrade a transport to TLS: see asyncio's loop.start_tls(), which this is."""
        return await tls.start_tls(self, *args, **kwargs)

    def _make_datagram_transport(
        self,
        sock: socket.socket,
        protocol: asyncio.DatagramProtocol,
        address: Any = None,
        waiter: asyncio.Future[None] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> DatagramTransport:
        self._ensure_fd_no_transport(sock)
        return DatagramTransport(self, sock, protocol, address, waiter, extra)

    def _make_read_pipe_transport(self, *args: Any, **kwargs: Any) -> ReadPipeTransport:
        return ReadPipeTransport(self, *args, **kwargs)

    def _make_write_pipe_transport(self, *args: Any, **kwargs: Any) -> WritePipeTransport:
        return WritePipeTransport(self, *args, **kwargs)


def new_event_loop() -> EventLoop:
    """A new trueloop event loop: what asyncio.Runner and uvicorn take as a loop factory."""
    return EventLoop()


# Frames of these are asyncio's own way of creating a task for somebody: never the creation site.
for _code in creators.codes(ObservedLoop.run_until_complete):
    kernel_hooks.skip_code(_code)
