"""The socket calls of a loop; see sockets.pyx. EventLoop has them as methods."""

import socket
from collections.abc import Coroutine
from typing import Any

from _typeshed import ReadableBuffer, WriteableBuffer

from trueloop.kernel.loop import Loop

def sock_accept(
    self: Loop, sock: socket.socket
) -> Coroutine[Any, Any, tuple[socket.socket, Any]]: ...
def sock_recv(self: Loop, sock: socket.socket, n: int) -> Coroutine[Any, Any, bytes]: ...
def sock_recv_into(
    self: Loop, sock: socket.socket, buf: WriteableBuffer
) -> Coroutine[Any, Any, int]: ...
def sock_recvfrom(
    self: Loop, sock: socket.socket, bufsize: int
) -> Coroutine[Any, Any, tuple[bytes, Any]]: ...
def sock_recvfrom_into(
    self: Loop, sock: socket.socket, buf: WriteableBuffer, nbytes: int = 0
) -> Coroutine[Any, Any, tuple[int, Any]]: ...
def sock_sendall(
    self: Loop, sock: socket.socket, data: ReadableBuffer
) -> Coroutine[Any, Any, None]: ...
def sock_sendto(
    self: Loop, sock: socket.socket, data: ReadableBuffer, address: Any
) -> Coroutine[Any, Any, int]: ...
