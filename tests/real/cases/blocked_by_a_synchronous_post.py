# vllm-project/production-stack#1016: the router asks a tokenizer service with a synchronous client,
# once for each request; its own health check is not answered meanwhile, and it is killed for that.
import asyncio
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
from aiohttp import ClientSession, web


class Tokenizer(BaseHTTPRequestHandler):
    """Another machine's service; a long prompt takes it a while."""

    def do_POST(self):
        time.sleep(0.4)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[101, 102]")

    def log_message(self, *_):
        pass


class Router:
    def __init__(self, tokenizer_url):
        self.tokenizer_url = tokenizer_url

    def tokens(self, prompt):
        return httpx2.post(self.tokenizer_url, content=prompt).json()  # finding: blocked-loop

    async def route(self, request):
        tokens = self.tokens(await request.text())
        return web.json_response({"worker": sum(tokens) % 2})

    async def health(self, request):
        return web.Response(text="fine")


async def probe(session, url):
    began = time.monotonic()
    await asyncio.sleep(0.1)
    async with session.get(url) as response:
        text = await response.text()
    print("health:", text, "(late)" if time.monotonic() - began > 0.3 else "")


async def main(tokenizer_url):
    router = Router(tokenizer_url)
    app = web.Application()
    app.router.add_post("/v1/completions", router.route)
    app.router.add_get("/health", router.health)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with ClientSession(f"http://127.0.0.1:{port}") as session:
        probing = asyncio.create_task(probe(session, "/health"))
        async with session.post("/v1/completions", data="a very long prompt") as response:
            print("routed to", await response.json())
        await probing
    await runner.cleanup()


tokenizer = HTTPServer(("127.0.0.1", 0), Tokenizer)
threading.Thread(target=tokenizer.serve_forever, daemon=True).start()
asyncio.run(main(f"http://127.0.0.1:{tokenizer.server_port}/"))
tokenizer.shutdown()
