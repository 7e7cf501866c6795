"""A thread sends a datagram by a transport of the loop's; the socket takes it at once."""

import asyncio
import socket


def measure(transport):
    transport.sendto(b"21 degrees")  # finding: wrong-thread


async def main():
    with socket.socket(type=socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", 0))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=there.getsockname()
        )
        await asyncio.to_thread(measure, transport)
        transport.close()


asyncio.run(main())
