"""Native versions of what asyncio offers to tasks: locks, queues, timeouts and their like.

Same names, arguments and behaviour as asyncio's of the running Python; the cold ones are asyncio's
own. trueloop.accelerate() puts them under asyncio's names.

Law: built on the kernel; knows no detector. Reading order: `operation` is a coroutine written in C,
`line` those who wait, `loopbound` the loop they do it in; then the primitives themselves.
"""
