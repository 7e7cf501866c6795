"""Runs one program under one tool: `python witness TOOL REPORT PROGRAM`.

The program sees itself as `__main__`, as with plain Python. What the tool says goes to REPORT, one
JSON object per line: {"source", "text", "frames": [[file, line], ...]}. Nothing here may import
anything but the standard library and that one tool.
"""

import importlib
import os
import sys
import types


def main() -> None:
    tool, report, program = sys.argv[1:4]
    # Names without a package: this folder, put on sys.path by Python, is where they are found.
    ear = importlib.import_module("ear").Ear(report, program)
    if tool in ("aiocop", "pyleak", "blockbuster"):
        importlib.import_module(f"with_{tool}").begin(ear)
    else:
        ear.listen_to_python()
    sys.path[0] = os.path.dirname(program)
    sys.argv[:] = [program]
    with open(program, encoding="utf-8") as file:
        code = compile(file.read(), program, "exec", dont_inherit=True)
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=program, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


if __name__ == "__main__":
    main()
