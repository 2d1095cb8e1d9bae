"""The growth curve is a picture with one point for ten turns."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.conversation import growth_factor
from benchmarks.plots import plot_growth


def test_the_curve_is_well_formed_svg_and_rises_with_the_turns(tmp_path: Path) -> None:
    path = tmp_path / "growth.svg"
    plot_growth([float(turn) for turn in range(100)], path)
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    lines = [item.attrib["points"] for item in root.iter() if item.tag.endswith("polyline")]
    longest = max((line.replace(",", " ").split() for line in lines), key=len)
    heights = [float(value) for value in longest[1::2]]
    assert len(heights) == 10
    assert heights == sorted(heights)


def test_a_curve_needs_two_points(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a curve needs"):
        plot_growth([1.0] * 10, tmp_path / "growth.svg")


def test_the_factor_compares_the_end_with_the_beginning() -> None:
    assert growth_factor([10.0] * 480 + [15.0] * 30) == 1.5
