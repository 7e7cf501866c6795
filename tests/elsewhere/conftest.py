"""What the tests of the fallback share: an installation of trueloop without its native modules."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import trueloop


@pytest.fixture(scope="session")
def pure_install(tmp_path_factory):
    """A folder with trueloop as the wheel for other systems has it: Python files only."""
    folder = tmp_path_factory.mktemp("pure")
    shutil.copytree(
        Path(trueloop.__file__).parent,
        folder / "trueloop",
        ignore=shutil.ignore_patterns("*.so", "__pycache__"),
    )
    return folder


@pytest.fixture
def run_pure(pure_install, tmp_path):
    """run_pure(source, *before): a program on that installation, every warning an error.

    `before` are words that stand before the program's file, such as `-m trueloop run`.
    """

    def run_pure(source, *before, options=("-W", "error"), **settings):
        script = tmp_path / "program.py"
        script.write_text(textwrap.dedent(source))
        settings.setdefault("env", {**os.environ, "PYTHONPATH": str(pure_install)})
        return subprocess.run(
            [sys.executable, *options, *before, str(script)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **settings,
        )

    return run_pure


# Tests in which a thread in Python must look in time. On a busy machine it is late, and then says
# nothing, as it should; such a test gets another chance.
RACING = ("test_cases_elsewhere", "test_programs", "test_sampler")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.stem in RACING:
            item.add_marker(pytest.mark.flaky(reruns=3))
