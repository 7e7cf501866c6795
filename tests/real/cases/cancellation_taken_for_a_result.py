# kolega-ai/kolega-code#637: Ctrl-C cancels the agent's turn. The tool that runs at that moment
# kills its command and answers "cancelled", as if that were a result: the agent takes another step.
import asyncio


async def run_command():
    process = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        return await process.wait()
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        process.kill()
        await process.wait()
        return "cancelled"


async def turn():
    for step in range(3):
        result = await run_command() if step == 0 else "thought about it"
        print(f"step {step}: {result}")


async def main():
    working = asyncio.create_task(turn())
    await asyncio.sleep(0.1)
    working.cancel()
    await asyncio.wait([working])
    print("stopped" if working.cancelled() else "not stopped")


asyncio.run(main())
