"""Each check of a photo at its edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from actions.evidence import checks
from actions.evidence.checks import Measured

DELIVERED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
GOOD = Measured("a" * 64, "f0f0f0f0f0f0f0f0", 100.0, 120.0, None, None)


def flipped(phash: str, bits: int) -> str:
    return f"{int(phash, 16) ^ ((1 << bits) - 1):016x}"


@pytest.mark.parametrize(
    ("sharpness", "brightness", "found"),
    [
        pytest.param(6.0, 120.0, [], id="just sharp enough"),
        pytest.param(5.9, 120.0, ["too_blurred"], id="too blurred"),
        pytest.param(100.0, 16.0, [], id="just light enough"),
        pytest.param(100.0, 15.9, ["too_dark"], id="too dark"),
        pytest.param(100.0, 248.0, [], id="just dark enough"),
        pytest.param(100.0, 248.1, ["too_bright"], id="too bright"),
        pytest.param(1.0, 3.0, ["too_dark"], id="one reason at a time"),
    ],
)
def test_quality(sharpness: float, brightness: float, found: list[str]) -> None:
    photo = replace(GOOD, sharpness=sharpness, brightness=brightness)
    assert [item.check for item in checks.quality(photo)] == found
    assert all(item.verdict == "ask_again" for item in checks.quality(photo))


@pytest.mark.parametrize(("bits", "found"), [(0, True), (6, True), (7, False), (32, False)])
def test_a_photo_that_looks_like_one_of_another_case(bits: int, found: bool) -> None:
    others = [("case_x", "b" * 64, flipped(GOOD.phash, 40)), ("case_y", "b" * 64, flipped(GOOD.phash, bits))]
    findings = checks.same_as_another_case(GOOD, others)
    assert [(item.check, item.verdict, item.facts) for item in findings] == (
        [("same_photo_other_case", "person", {"case_id": "case_y", "bits": bits})] if found else []
    )


def test_the_same_file_is_the_same_photo_however_it_looks() -> None:
    black = replace(GOOD, brightness=0.0)
    assert checks.same_as_another_case(black, [("case_y", GOOD.sha256, "0" * 16)])
    assert not checks.same_as_another_case(black, [("case_y", "b" * 64, GOOD.phash)])


@pytest.mark.parametrize(("bits", "found"), [(0, True), (8, True), (9, False)])
def test_the_catalogue_picture(bits: int, found: bool) -> None:
    findings = checks.same_as_catalogue(GOOD, {"MUG": flipped(GOOD.phash, bits), "BAG": flipped(GOOD.phash, 40)})
    assert [item.facts.get("sku") for item in findings] == (["MUG"] if found else [])


@pytest.mark.parametrize(
    ("before", "found"),
    [(timedelta(0), False), (timedelta(days=1), False), (timedelta(days=1, seconds=1), True), (-timedelta(9), False)],
)
def test_taken_before_delivery(before: timedelta, found: bool) -> None:
    photo = replace(GOOD, taken_at=(DELIVERED - before).replace(tzinfo=None))
    assert bool(checks.before_delivery(photo, DELIVERED)) is found


def test_without_a_time_or_a_delivery_nothing_is_said() -> None:
    assert checks.before_delivery(GOOD, DELIVERED) == []
    assert checks.before_delivery(replace(GOOD, taken_at=datetime(2020, 1, 1)), None) == []  # noqa: DTZ001


@pytest.mark.parametrize(
    ("software", "found"),
    [
        ("Adobe Photoshop 26.1 (Windows)", True),
        ("GIMP 2.10.38", True),
        ("Midjourney v7", True),
        ("parameters: a broken mug, Steps: 30", True),
        ("trainedAlgorithmicMedia", True),
        ("Canva", True),
        ("Snapseed 2.0", True),
        ("HDR+ 1.0.540104767zd", False),
        ("17.5.1", False),
        ("SM-S921BXXU1AXB5", False),
        ("Windows Photo Viewer", False),
        ("CanvasCam 3", False),
        ("", False),
        (None, False),
    ],
)
def test_software_that_says_so(software: str | None, found: bool) -> None:
    findings = checks.software_that_says_so(replace(GOOD, software=software))
    assert [item.check for item in findings] == (["made_or_edited_by_software"] if found else [])


def test_no_finding_has_a_word_of_blame() -> None:
    names = {"too_blurred", "too_dark", "too_bright", "same_photo_other_case", "same_as_catalogue", "same_photo_twice"}
    names |= {"taken_before_delivery", "made_or_edited_by_software"}
    assert not any(word in name for name in names for word in ("fake", "fraud", "lie", "cheat", "suspicious"))
