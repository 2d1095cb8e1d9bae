"""The thresholds of sharpness and brightness against photos whose blur and light are known."""

from __future__ import annotations

import pytest
from PIL import Image

from actions.evidence.checks import BRIGHTNESS_LEAST, BRIGHTNESS_MOST, SAME_PHOTO_BITS, SHARPNESS_LEAST
from common.photos.intake import distance, intake
from tests.common.photos.pictures import HEIGHT, WIDTH, blurred, encoded, exposed, scene, texture

KINDS = {"texture": texture(), "scene": scene(), "pale scene": scene(0.3)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("radius", [0, 1, 2, 4])
def test_a_slightly_soft_photo_is_good_enough(kind: str, radius: float) -> None:
    assert intake(encoded(blurred(KINDS[kind], radius), quality=80)).sharpness >= SHARPNESS_LEAST


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("radius", [10, 16, 24])
def test_a_photo_in_which_the_crack_is_lost_is_too_blurred(kind: str, radius: float) -> None:
    assert intake(encoded(blurred(KINDS[kind], radius), quality=80)).sharpness < SHARPNESS_LEAST


def test_a_smooth_gradient_shows_nothing() -> None:
    picture = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB")
    assert intake(encoded(picture)).sharpness < SHARPNESS_LEAST


@pytest.mark.parametrize("factor", [1.0, 0.5, 0.25, 0.15])
def test_a_dim_photo_is_good_enough(factor: float) -> None:
    photo = intake(encoded(exposed(scene(), factor)))
    assert photo.brightness >= BRIGHTNESS_LEAST
    assert photo.sharpness >= SHARPNESS_LEAST


@pytest.mark.parametrize("factor", [0.08, 0.03, 0.0])
def test_a_photo_in_the_dark_is_not(factor: float) -> None:
    assert intake(encoded(exposed(scene(), factor))).brightness < BRIGHTNESS_LEAST


@pytest.mark.parametrize(("plus", "judged"), [(0, True), (60, True), (100, True), (190, False), (255, False)])
def test_light(plus: int, judged: bool) -> None:
    assert (intake(encoded(exposed(scene(), plus=plus))).brightness <= BRIGHTNESS_MOST) is judged


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(lambda picture: encoded(picture, quality=35), id="compressed hard"),
        pytest.param(lambda picture: encoded(picture.resize((480, 360))), id="scaled down"),
        pytest.param(lambda picture: encoded(picture, "PNG"), id="another format"),
        pytest.param(lambda picture: encoded(picture, "HEIF", quality=50), id="HEIC"),
        pytest.param(lambda picture: encoded(exposed(picture, plus=25)), id="a little brighter"),
        pytest.param(lambda picture: encoded(picture.crop((16, 12, WIDTH, HEIGHT))), id="cropped by one percent"),
    ],
)
def test_the_same_photo_is_recognised(again: object) -> None:
    picture = texture(5)
    first = intake(encoded(picture)).phash
    assert distance(first, intake(again(picture)).phash) <= SAME_PHOTO_BITS  # type: ignore[operator]


def test_other_photos_are_not() -> None:
    hashes = [intake(encoded(texture(seed, 400, 300))).phash for seed in range(25)]
    pairs = [distance(a, b) for index, a in enumerate(hashes) for b in hashes[:index]]
    assert min(pairs) > SAME_PHOTO_BITS
