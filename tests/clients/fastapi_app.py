"""The FastAPI application that the uvicorn tests serve, in a thread or as a process of its own."""

import asyncio
import contextlib
import threading

import fastapi
from fastapi.responses import StreamingResponse

requests_finished = []


@contextlib.asynccontextmanager
async def lifespan(app):
    app.state.greeting = "ready"
    yield
    app.state.greeting = "gone"


app = fastapi.FastAPI(lifespan=lifespan)


@app.get("/loop")
async def tell_loop():
    """Where the running loop's class comes from, and whether the lifespan began."""
    loop = asyncio.get_running_loop()
    return {"loop": type(loop).__module__.partition(".")[0], "state": app.state.greeting}


@app.get("/thread")
def tell_thread():
    """A plain function: FastAPI runs it in a worker thread."""
    return {"in_main_thread": threading.current_thread() is threading.main_thread()}


@app.post("/echo")
async def echo(request: fastapi.Request):
    body = await request.body()
    return fastapi.Response(body, media_type="application/octet-stream")


@app.get("/stream/{chunks}")
async def stream(chunks: int):
    async def produce():
        for number in range(chunks):
            yield f"chunk {number}\n"
            await asyncio.sleep(0)

    return StreamingResponse(produce(), media_type="text/plain")


@app.get("/later")
async def work_later(background: fastapi.BackgroundTasks, name: str):
    background.add_task(requests_finished.append, name)
    return {"accepted": name}


@app.get("/fails")
async def fail():
    raise fastapi.HTTPException(status_code=418, detail="short and stout")


@app.websocket("/websocket")
async def echo_messages(websocket: fastapi.WebSocket):
    await websocket.accept()
    with contextlib.suppress(fastapi.WebSocketDisconnect):
        while True:
            await websocket.send_text(f"echo {await websocket.receive_text()}")
