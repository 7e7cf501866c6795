"""Which loop a process gets: the kernel's where there is one, else asyncio's; never by mistake."""

import importlib.machinery
import os
import shutil
import subprocess
import sys

from trueloop import runtime

WHICH = """
    import asyncio, trueloop
    from trueloop import runtime

    print(runtime.is_native, issubclass(trueloop.EventLoop, asyncio.SelectorEventLoop))
    print(runtime.why_not_native)
    """


def test_an_installed_kernel_is_used():
    assert runtime.is_native
    assert runtime.why_not_native is None


def test_without_a_kernel_it_is_asyncios_own_loop(run_pure):
    done = run_pure(WHICH)

    assert done.stdout.splitlines()[0] == "False True", done.stderr
    assert done.stdout.splitlines()[1].startswith("no native loop was installed for this Python (")


def test_other_systems_are_named(run_pure):
    done = run_pure(
        "import asyncio, sys; sys.platform = 'darwin'\n" + WHICH.replace("\n    ", "\n")
    )

    assert done.stdout.splitlines() == [
        "False True",
        "the native loop is built for Linux, and this is macOS",
    ]


def test_a_kernel_that_does_not_load_is_an_error(pure_install, tmp_path):
    broken = shutil.copytree(pure_install, tmp_path / "broken")
    for module in (broken / "trueloop" / "kernel").glob("*.pyi"):
        extension = module.with_suffix(importlib.machinery.EXTENSION_SUFFIXES[0])
        extension.write_bytes(b"no shared library")

    done = subprocess.run(
        [sys.executable, "-c", "import trueloop"],
        env={**os.environ, "PYTHONPATH": str(broken)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "ImportError" in done.stderr


def test_a_kernel_of_which_a_part_is_missing_is_an_error(pure_install, tmp_path):
    partial = shutil.copytree(pure_install, tmp_path / "partial")
    shutil.copy(sys.modules["trueloop.kernel.clock"].__file__, partial / "trueloop" / "kernel")

    done = subprocess.run(
        [sys.executable, "-c", "import trueloop"],
        env={**os.environ, "PYTHONPATH": str(partial)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "ModuleNotFoundError: No module named 'trueloop.kernel." in done.stderr
