"""Each module of the crawler imports only modules that come before it in the reading order."""

import re
from pathlib import Path

import honest_crawl

PACKAGE = Path(honest_crawl.__file__).parent


def test_imports_go_upwards_in_the_reading_order() -> None:
    _, _, listing = (honest_crawl.__doc__ or "").partition("import order:")
    order = re.findall(r"\w+", listing)
    assert {*order} == {path.stem for path in PACKAGE.glob("[a-z]*.py")}
    for number, module in enumerate(order):
        source = (PACKAGE / f"{module}.py").read_text()
        imported = re.findall(r"^from honest_crawl\.(\w+) import", source, re.MULTILINE)
        assert {*imported} <= {*order[:number]}, module


def test_the_hostile_site_stands_alone() -> None:
    for module, allowed in {"site": set(), "pages": {"site"}}.items():
        source = (PACKAGE / f"{module}.py").read_text()
        assert {*re.findall(r"honest_crawl\.(\w+)", source)} == allowed


def test_trueloop_is_known_to_the_command_alone_and_by_its_public_name() -> None:
    for path in PACKAGE.glob("*.py"):
        names = re.findall(r"\btrueloop\b[.\w]*", path.read_text().partition('"""\n\n')[2])
        assert {*names} <= ({"trueloop", "trueloop.run"} if path.stem == "cli" else set())
