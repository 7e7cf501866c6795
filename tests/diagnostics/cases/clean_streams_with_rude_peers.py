# Connections are reset on both sides; all the noise is the standard library's own.
import asyncio
import socket
import struct


async def handle(reader, writer):
    try:
        await reader.readexactly(100)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    for data in (b"", b"part"):
        peer = socket.create_connection(address)
        await asyncio.sleep(0.01)
        peer.sendall(data)
        await asyncio.sleep(0.01)
        reset(peer)
        await asyncio.sleep(0.02)
    listener = socket.create_server(("127.0.0.1", 0))
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    accepted, _ = listener.accept()
    reset(accepted)
    try:
        await reader.read()
    except ConnectionError as error:
        print(type(error).__name__)
    writer.close()
    listener.close()
    server.close()
    await asyncio.sleep(0.02)


asyncio.run(main())
