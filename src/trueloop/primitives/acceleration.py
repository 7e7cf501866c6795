"""accelerate(): the native primitives under asyncio's names.

Law: replaces names in the modules of asyncio, and nothing else.
"""

import sys

from trueloop import primitives


def accelerate() -> None:
    """Let `asyncio.Lock` and its like be trueloop's native ones from now on.

    To be called before the program is imported: `from asyncio import Lock` that has run already
    keeps what it has. asyncio's own modules use the native ones too: its Condition has a native
    Lock. Does nothing the second time, and nothing where there is no native loop.
    """
    replaced = {
        id(original): getattr(primitives, name) for name, original in primitives.ORIGINALS.items()
    }
    for module_name, module in list(sys.modules.items()):
        if module_name == "asyncio" or module_name.startswith("asyncio."):
            for name, value in list(vars(module).items()):
                if id(value) in replaced:
                    setattr(module, name, replaced[id(value)])
