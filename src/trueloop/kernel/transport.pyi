"""What the transports of all sockets have in common; see transport.pyx."""

import asyncio

from trueloop.kernel.ready import Job

# By its __class__ property an instance is an asyncio.Transport to isinstance, and so to type
# checkers, which take the methods from there.
class SocketTransport(Job, asyncio.Transport): ...
