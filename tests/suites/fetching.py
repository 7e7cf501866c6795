"""Gets a suite's sources and makes the environment it runs in, below build/suites/."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import trueloop
from tests.suites.catalogue import COMMON, Suite

ROOT = Path(__file__).parents[2]
# What builds the distributions; pip only asks each for its metadata.
BUILDERS = (
    *("setuptools>=77", "wheel", "hatchling", "hatch-vcs", "hatch-fancy-pypi-readme"),
    *("setuptools_scm", "poetry-core", "flit-core", "cython", "pkgconfig"),
)


def folder() -> Path:
    """Where this Python's suites are."""
    return ROOT / "build" / "suites" / f"{sys.implementation.cache_tag}{sys.abiflags}"


def environment(suite: Suite) -> str:
    """The Python of the suite's own environment; made if it is missing or stale."""
    place = folder() / suite.package
    python = place / "bin" / "python"
    wanted = "\n".join((*BUILDERS, *COMMON, *suite.wants))
    stamp = place / "wanted.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        install = [python, "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, *BUILDERS], check=True)
        subprocess.run([*install, *COMMON, *suite.wants], check=True)
        stamp.write_text(wanted)
    # The trueloop under test is the one this command runs with.
    (site,) = place.glob("lib/python*/site-packages")
    (site / "trueloop-under-test.pth").write_text(f"{Path(trueloop.__file__).parents[1]}\n")
    return str(python)


def sources(suite: Suite, python: str) -> Path:
    """The unpacked source distribution; fetched if it is missing.

    Without the library itself: the tests are to find the installed one, which is built.
    """
    shelf = folder() / "sources"
    shelf.mkdir(parents=True, exist_ok=True)
    stem = suite.sdist.replace("==", "-")
    if not (shelf / stem).is_dir():
        fetch = [python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", shelf]
        fetch += ["--no-binary", ":all:", "--no-build-isolation", suite.sdist]
        subprocess.run(fetch, check=True)
        with tarfile.open(shelf / f"{stem}.tar.gz") as archive:
            archive.extractall(shelf, filter="data")
        shutil.rmtree(shelf / stem / suite.package, ignore_errors=True)
    return shelf / stem
