"""The environment the tools live in: build/truth/ENVIRONMENT, made when it is missing or stale."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks import machine

REQUIREMENTS = Path(__file__).parent / "requirements.txt"
ASKING = (
    "import importlib, importlib.metadata as metadata, sys; name = sys.argv[1]; "
    "importlib.import_module(name.replace('-', '_')); print(metadata.version(name))"
)


def python_version(python: str) -> str:
    return _answer(python, "-c", "import platform; print(platform.python_version())")


def tools_python(python: str) -> str:
    """Return the Python of the tools' environment, which is made from `python` if need be.

    Raises:
        subprocess.CalledProcessError: The tools cannot be installed.
    """
    tag = _answer(python, "-c", "import sys; print(sys.implementation.cache_tag + sys.abiflags)")
    folder = machine.ROOT / "build" / "truth" / tag
    inside = folder / "bin" / "python"
    stamp = folder / "requirements.txt"
    wanted = REQUIREMENTS.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([inside, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        stamp.write_text(wanted)
    return str(inside)


def version(python: str, package: str) -> str:
    """Return the version of a package that can be imported.

    Raises:
        subprocess.CalledProcessError: It is not there, or broken.
    """
    return _answer(python, "-c", ASKING, package)


def _answer(python: str, *arguments: str) -> str:
    done = subprocess.run(
        [python, *arguments], stdout=subprocess.PIPE, text=True, check=True, cwd=machine.ROOT
    )
    return done.stdout.strip()
