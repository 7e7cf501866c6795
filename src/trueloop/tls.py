"""TLS: CPython's SSLProtocol and its transport, with what runs per packet replaced.

Law: joins the kernel's halves (kernel/tls.pyx) with asyncio's. Handshake, shutdown, timeouts,
limits and all states are inherited and so improve with each CPython; names are asyncio's, for its
tests and other people's programs reach for them.
"""

from __future__ import annotations

import types
from asyncio import base_events, sslproto
from typing import TYPE_CHECKING, Any

from trueloop.kernel.tls import TLSRecords, TLSWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["SSLProtocol", "protocol_class", "start_tls"]

_STOCK = sslproto.SSLProtocol


class _SSLProtocolTransport(TLSWriter, sslproto._SSLProtocolTransport):
    """What the application sees of an encrypted connection."""


class SSLProtocol(TLSRecords, sslproto.SSLProtocol):
    """Stands between a transport and an application's protocol, and speaks TLS."""

    _app_transport: Any
    _app_transport_created: bool

    def connection_made(self, transport: Any) -> None:
        """Begin the handshake, with what start_tls() found to have arrived already."""
        self.count_what_is_there()
        super().connection_made(transport)

    def _get_app_transport(self) -> Any:
        if self._app_transport is None:
            if self._app_transport_created:
                raise RuntimeError("Creating _SSLProtocolTransport twice")
            self._app_transport = _SSLProtocolTransport(self._loop, self)
            self._app_transport_created = True
        return self._app_transport


def protocol_class() -> type[sslproto.SSLProtocol]:
    """What asyncio is to use: ours, unless somebody has put another one in its place."""
    return SSLProtocol if sslproto.SSLProtocol is _STOCK else sslproto.SSLProtocol


class _Names(dict[str, Any]):
    """Global names of base_events as they are at the moment, but for those that it holds itself."""

    def __missing__(self, name: str) -> Any:
        return vars(base_events)[name]


class _Protocols:
    """What start_tls() takes for the module sslproto."""

    @staticmethod
    def SSLProtocol(*args: Any, **kwargs: Any) -> sslproto.SSLProtocol:
        return protocol_class()(*args, **kwargs)


def _with_our_protocol(
    function: types.FunctionType,
) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The same function; but where it says sslproto.SSLProtocol, it gets ours."""
    names = _Names({"sslproto": _Protocols, "__package__": "asyncio", "__name__": __name__})
    same = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    same.__kwdefaults__ = function.__kwdefaults__
    return same


# asyncio's function grows with its versions: so it is not written anew for the sake of one name.
start_tls = _with_our_protocol(base_events.BaseEventLoop.start_tls)  # type: ignore[arg-type]
