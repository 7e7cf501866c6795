"""Counting records: whatever is cut where, everything arrives, and no read is in vain."""

import asyncio
import itertools
import os
import ssl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.certificate import Certificate
from trueloop.tls import SSLProtocol


@pytest.fixture(scope="module")
def contexts(tmp_path_factory):
    """(server's, client's) contexts."""
    certificate = Certificate(tmp_path_factory.mktemp("certificate"))
    return certificate.server_context(), certificate.client_context()


class Below(asyncio.Transport):
    """A transport of somebody else's, which keeps what it is given."""

    def __init__(self):
        super().__init__()
        self.sent = b""

    def write(self, data):
        self.sent += data

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def _force_close(self, exc):
        raise exc


class Kept(asyncio.Protocol):
    def __init__(self):
        self.data = b""

    def data_received(self, data):
        self.data += data


class InMemory:
    """A server's SSLProtocol after the handshake, and a client made of the ssl module's objects."""

    def __init__(self, loop, contexts, early=0):
        self.app, self.below = Kept(), Below()
        self.protocol = SSLProtocol(loop, self.app, contexts[0], None, server_side=True)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = contexts[1].wrap_bio(
            self.incoming, self.outgoing, server_hostname="localhost"
        )
        with pytest.raises(ssl.SSLWantReadError):
            self.client.do_handshake()
        hello = self.outgoing.read()
        self.protocol._incoming.write(hello[:early])
        self.protocol.connection_made(self.below)
        self.arrives(hello[early:])
        self.incoming.write(self.below.sent)
        self.client.do_handshake()
        self.arrives(self.outgoing.read())

    def arrives(self, data):
        while data:
            buffer = self.protocol.get_buffer(-1)
            size = min(len(data), len(buffer))
            buffer[:size] = data[:size]
            self.protocol.buffer_updated(size)
            data = data[size:]

    def records(self, data):
        done = 0
        while done < len(data):
            done += self.client.write(data[done:])
        return self.outgoing.read()

    def close(self):
        self.protocol.connection_lost(None)


@settings(deadline=None, max_examples=50)
@given(
    sizes=st.lists(st.integers(1, 40_000) | st.integers(1, 50), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 100_000) | st.integers(0, 300), max_size=12),
)
def test_all_arrives_wherever_it_is_cut(contexts, sizes, cuts):
    loop = asyncio.new_event_loop()
    between = InMemory(loop, contexts)
    sent = [os.urandom(size) for size in sizes]
    stream = b"".join(map(between.records, sent))
    ends = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for begin, end in itertools.pairwise(ends):
        between.arrives(stream[begin:end])
    assert between.app.data == b"".join(sent)
    between.close()
    loop.close()


@pytest.mark.parametrize("early", [1, 5, 100])
def test_what_was_put_in_before_the_handshake_counts(contexts, early):
    """start_tls() of newer asyncios puts in what a StreamReader had got already."""
    loop = asyncio.new_event_loop()
    between = InMemory(loop, contexts, early)
    records = between.records(b"word")
    for at in range(len(records)):
        assert between.app.data == b""
        between.arrives(records[at : at + 1])
    assert between.app.data == b"word"
    between.close()
    loop.close()
