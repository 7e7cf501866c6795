"""Charts are well-formed, say in words what they show, and have a mark for every figure."""

import os
import xml.etree.ElementTree as ET

import pytest

from benchmarks import charts, report
from benchmarks.sections import HIGHLIGHTS, SECTIONS
from benchmarks.suite import GROUPS
from benchmarks.svg import Colour, Picture

SVG = "{http://www.w3.org/2000/svg}"


def texts(root):
    return [text.text for text in root.iter(f"{SVG}text")]


def test_every_chart_is_well_formed_and_described(results):
    drawn = charts.charts(results)

    assert set(drawn) == {"gains.svg", "scheduling.svg", "programs.svg", "highlights.svg"}
    for text in drawn.values():
        root = ET.fromstring(text)
        assert root.find(f"{SVG}title").text
        assert root.find(f"{SVG}desc").text
        assert root.get("width") in root.get("viewBox")


def test_a_row_has_a_point_for_each_loop_and_the_better_of_ours_as_a_number(results):
    root = ET.fromstring(charts.charts(results)["scheduling.svg"])

    labels = [title.text for title in root.iter(f"{SVG}title")][1:]
    assert labels == [
        "asyncio: 3.00",
        "trueloop: 0.40",
        "trueloop, accelerated: 0.25",
        "asyncio: 0.90",
        "trueloop: 1.00",
        "trueloop, accelerated: 0.95",
    ]
    assert "sleep" in texts(root)
    assert "0.25" in texts(root)


def test_means_have_a_bar_for_each_loop(results):
    root = ET.fromstring(charts.charts(results)["gains.svg"])

    bars = list(root.iter(f"{SVG}rect"))[1:]
    assert len(bars) == 8  # four loops in two sections
    assert float(bars[0].get("width")) < float(bars[1].get("width")) < float(bars[2].get("width"))
    assert "1.00" in texts(root)


def test_nothing_to_compare_is_no_chart(results):
    del results.peers["uvloop"]
    for row in results.rows.values():
        del row.figures["uvloop"]

    assert charts.charts(results) == {}


@pytest.mark.parametrize("ratios", [[0.1, 3], [0.9, 1.05], [0.004, 900], [1]])
def test_a_scale_keeps_the_order_and_its_bounds(ratios):
    scale = charts.Scale(ratios, 100, 500)
    places = [scale.at(ratio) for ratio in sorted([*ratios, *scale.ticks])]

    assert places == sorted(places)
    assert all(100 <= place <= 500 for place in places)
    assert 1 in scale.ticks


def test_text_is_escaped_and_colours_know_the_dark():
    picture = Picture(100, 50, "a < b", "c & d", {"mine": Colour("#000001", "#fffffe")})
    picture.text(1, 2, "<&>", colour="mine")
    picture.mark(3, 4, "diamond", colour="mine", label='"1"')
    picture.mark(3, 4, "ring", colour="mine")

    root = ET.fromstring(picture.render())

    assert texts(root) == ["<&>"]
    assert ".mine{fill:#fffffe}" in root.find(f"{SVG}style").text
    assert root.find(f"{SVG}circle").get("stroke") == "#000001"


def test_the_page_shows_the_charts_that_are_drawn(results, tmp_path):
    page, file = tmp_path / "docs" / "page.md", tmp_path / "results.json"
    page.parent.mkdir()
    page.write_text(f"{report.BEGIN}\n{report.END}\n")
    results.save(file)

    folder = str(tmp_path / "charts")
    assert report.command([str(file), "--charts", folder, "--into", str(page)]) == 0

    text = page.read_text()
    assert os.path.join("..", "charts", "gains.svg") in text
    assert text.count("../charts/") == 3  # highlights are for the short form
    assert (tmp_path / "charts" / "scheduling.svg").read_text().startswith("<svg")


def test_every_group_is_in_one_section(results):
    (row,) = (results.rows[name] for name in ["queue"])
    for group in GROUPS:
        row.group = group
        assert sum(section.has("queue", row) for section in SECTIONS) == 1


def test_highlights_leave_out_what_is_said_twice(results):
    assert HIGHLIGHTS.rows(results) == ["sleep", "http_cpu"]  # queue promises nothing
