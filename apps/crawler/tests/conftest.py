"""What all tests of the crawler share: a way to run it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_HANGS_S = 60  # far above what any of these tests needs, even on a busy machine


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python with the given arguments to its end, in a directory of its own."""

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            env=os.environ | environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=_HANGS_S,
            check=False,
        )

    return call
