"""On a free-threaded Python the package runs without the GIL: no module of it asks for one."""

import os
import subprocess
import sys
import sysconfig

import pytest

pytestmark = pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python always has its GIL"
)
IMPORT_ALL = """
import importlib, pkgutil, sys, trueloop

for module in pkgutil.walk_packages(trueloop.__path__, "trueloop."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(sys._is_gil_enabled())
"""


def test_no_module_switches_the_gil_on():
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON_GIL"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_ALL],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "False\n", done.stderr
