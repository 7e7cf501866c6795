"""Each public name is exported from one place, and the package says one thing about itself."""

import importlib
import os
import re
import tomllib

import pytest

import trueloop
from tests.repo.source_tree import PACKAGE, ROOT

EVERYDAY = {
    "EventLoop",
    "Future",
    "Runner",
    "Task",
    "__version__",
    "install",
    "new_event_loop",
    "run",
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_everyday_api_is_complete():
    assert set(trueloop.__all__) >= EVERYDAY - {"__version__"}


@pytest.mark.parametrize("module", ["trueloop", "trueloop.errors", "trueloop.diagnostics"])
def test_public_modules_list_what_they_export(module):
    public = importlib.import_module(module)

    assert len(set(public.__all__)) == len(public.__all__)
    assert all(hasattr(public, name) for name in public.__all__)


@pytest.mark.parametrize("name", sorted(EVERYDAY - {"__version__"}))
def test_the_everyday_names_carry_documentation(name):
    assert getattr(trueloop, name).__doc__


def test_the_version_is_the_same_everywhere():
    assert trueloop.__version__ == PROJECT["version"]
    assert f"## {trueloop.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_classifiers_name_the_pythons_that_are_admitted():
    named = re.findall(r"Python :: 3\.(\d+)", " ".join(PROJECT["classifiers"]))
    first, past = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups()

    assert [int(minor) for minor in named] == list(range(int(first), int(past)))


def test_the_package_declares_its_types():
    assert (PACKAGE / "py.typed").is_file()


def test_every_make_target_is_explained():
    makefile = (ROOT / "Makefile").read_text()
    promised = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    explained = re.findall(r"^(\w+):[^#\n]*## \w", makefile, re.MULTILINE)

    assert explained == promised


def test_ci_can_be_started():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
