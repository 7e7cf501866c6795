"""The wheel for systems without a native loop: Python only, whole, and it runs a program."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.repo.source_tree import PACKAGE, ROOT

NATIVE = {".so", ".pyd", ".pyx", ".pxd", ".c", ".h"}
PROGRAM = """
import asyncio, sys
sys.platform = sys.argv[1]
import trueloop

async def main():
    return isinstance(asyncio.get_running_loop(), trueloop.EventLoop)

print(trueloop.__file__)
print(trueloop.run(main()))
"""


@pytest.fixture(scope="module")
def pure_wheel(tmp_path_factory):
    """Path of the wheel, built in a copy of the source tree."""
    source = tmp_path_factory.mktemp("source")
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(PACKAGE, source / "src" / PACKAGE.name)
    shutil.copytree(ROOT / "docs" / "findings", source / "docs" / "findings")
    building = [sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "."]
    done = subprocess.run(
        [*building, "--wheel-dir", "dist"],
        cwd=source,
        env={**os.environ, "TRUELOOP_BUILD": "pure"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = (source / "dist").iterdir()
    return wheel


def test_it_is_for_every_system_and_has_no_native_code(pure_wheel):
    names = [Path(name) for name in zipfile.ZipFile(pure_wheel).namelist()]

    assert pure_wheel.name.endswith("-py3-none-any.whl")
    assert [name for name in names if name.suffix in NATIVE] == []


def test_it_has_every_python_file_of_the_package(pure_wheel):
    packed = {Path(name) for name in zipfile.ZipFile(pure_wheel).namelist()}

    wanted = {path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*.py")}
    assert wanted - packed == set()


def test_it_explains_every_kind_of_finding(pure_wheel, tmp_path):
    zipfile.ZipFile(pure_wheel).extractall(tmp_path)
    packed = tmp_path / "trueloop" / "findings"

    for page in (ROOT / "docs" / "findings").glob("*.md"):
        assert (packed / page.name).read_text() == page.read_text()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "trueloop", "explain", "deadlock"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (packed / "deadlock.md").read_text()


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_program_runs_on_it_with_one_notice(pure_wheel, tmp_path, platform):
    zipfile.ZipFile(pure_wheel).extractall(tmp_path)

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, platform],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    where, on_our_loop = done.stdout.split()
    assert Path(where).is_relative_to(tmp_path)
    assert on_our_loop == "True"
    assert len(done.stderr.splitlines()) == 1, done.stderr
