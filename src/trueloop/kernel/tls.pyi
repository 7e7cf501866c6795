"""TLS: the hot halves of asyncio's SSLProtocol and of its transport; see tls.pyx."""

from collections import deque
from typing import Any

class TLSRecords:
    max_size: int
    _state: Any
    _sslobj: Any
    _incoming: Any
    _outgoing: Any
    _transport: Any
    _app_protocol: Any
    _app_protocol_is_buffer: bool
    _write_backlog: deque[Any]
    _write_buffer_size: int
    _incoming_high_water: int
    _incoming_low_water: int
    _outgoing_high_water: int
    _outgoing_low_water: int
    _app_reading_paused: bool
    _app_writing_paused: bool
    _ssl_reading_paused: bool
    _ssl_writing_paused: bool
    def count_what_is_there(self) -> None: ...
    def buffer_updated(self, nbytes: int) -> None: ...

class TLSWriter:
    def write(self, data: Any) -> None: ...
