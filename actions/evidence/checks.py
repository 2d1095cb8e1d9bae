"""The checks of one photo. Pure: they get measurements and hashes, and give findings with the numbers behind them.

A finding asks for a better photo or for a person's eyes. None of them says that a shopper lied: the same broken mug can
be photographed twice, and a phone's clock can be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from actions.evidence.model import Finding
from common.photos.intake import distance

# Calibrated on generated photos (tests/common/photos/test_measures.py): sharp ones have an edge variance of 60 to 900
# in their sharpest parts, a plain wall 8; blurred so far that a crack is lost (8 pixels of 1600) all are under 5.
SHARPNESS_LEAST = 6.0
# Mean grey of 0 to 255. A black object on a dark cloth has about 25, a white one on white 245; beyond, shapes are lost.
BRIGHTNESS_LEAST = 16.0
BRIGHTNESS_MOST = 248.0
# Of 64 bits. The same file re-saved, scaled or re-compressed differs in 0 to 4.
SAME_PHOTO_BITS = 6
# Wider, because a screenshot of a product page is cropped and framed.
SAME_CATALOGUE_BITS = 8
# Clocks of cameras and parcels disagree by time zones and by habit.
_CLOCK_TOLERANCE = timedelta(days=1)
# Programs that make or paint pictures and say so. A phone's firmware version or camera app is none of them; neither are
# programs that only convert or turn a picture, such as a mail program.
_MAKERS = (
    "adobe firefly", "affinity photo", "automatic1111", "canva", "comfyui", "dall-e", "dall·e", "dream studio",
    "facetune", "figma", "flux", "gemini", "gimp", "gpt-4o", "gpt-image", "ideogram", "imagen", "invokeai",
    "krita", "leonardo.ai", "lightroom", "luminar", "meitu", "midjourney", "nano banana", "novelai", "openai",
    "paint.net", "photodirector", "photopea", "photoshop", "picsart", "pixelmator", "pixlr", "remini", "snapseed",
    "stable diffusion", "stability ai", "trainedalgorithmicmedia",
)  # fmt: skip
_GENERATOR_MARK = "parameters:"


@dataclass(frozen=True)
class Measured:
    """What is known of one photo; `taken_at` is the camera's local time without a zone."""

    sha256: str
    phash: str
    sharpness: float
    brightness: float
    taken_at: datetime | None
    software: str | None


def quality(photo: Measured) -> list[Finding]:
    """Too dark or too bright, else too blurred: a dark photo also has few edges, and one reason is enough to act on."""
    facts = {"brightness": round(photo.brightness, 1)}
    if photo.brightness < BRIGHTNESS_LEAST:
        return [Finding("too_dark", "ask_again", {**facts, "least": BRIGHTNESS_LEAST})]
    if photo.brightness > BRIGHTNESS_MOST:
        return [Finding("too_bright", "ask_again", {**facts, "most": BRIGHTNESS_MOST})]
    if photo.sharpness < SHARPNESS_LEAST:
        return [Finding("too_blurred", "ask_again", {"sharpness": round(photo.sharpness, 1), "least": SHARPNESS_LEAST})]
    return []


def same_as_another_case(photo: Measured, others: Iterable[tuple[str, str, str]]) -> list[Finding]:
    """The nearest photo of another case, if it is the same file or looks the same."""
    best: tuple[int, str] | None = None
    # A picture without shapes looks like every other one.
    comparable = not quality(photo)
    for case_id, sha256, phash in others:
        if sha256 != photo.sha256 and not comparable:
            continue
        bits = 0 if sha256 == photo.sha256 else distance(photo.phash, phash)
        if best is None or bits < best[0]:
            best = (bits, case_id)
    if best is None or best[0] > SAME_PHOTO_BITS:
        return []
    return [Finding("same_photo_other_case", "person", {"case_id": best[1], "bits": best[0]})]


def same_as_catalogue(photo: Measured, hashes: Mapping[str, str]) -> list[Finding]:
    """A picture of the shop shows what was promised, not what arrived."""
    for sku, phash in sorted(hashes.items()) if not quality(photo) else ():
        bits = distance(photo.phash, phash)
        if bits <= SAME_CATALOGUE_BITS:
            return [Finding("same_as_catalogue", "person", {"sku": sku, "bits": bits})]
    return []


def before_delivery(photo: Measured, delivered_at: datetime | None) -> list[Finding]:
    """Taken more than a day before the parcel came."""
    if photo.taken_at is None or delivered_at is None:
        return []
    if photo.taken_at >= (delivered_at - _CLOCK_TOLERANCE).replace(tzinfo=None):
        return []
    facts = {"taken_at": photo.taken_at.isoformat(), "delivered_at": delivered_at.isoformat()}
    return [Finding("taken_before_delivery", "person", facts)]


def software_that_says_so(photo: Measured) -> list[Finding]:
    """The file itself names a program that makes or paints pictures."""
    said = (photo.software or "").casefold()
    # Whole words: "canva" is a maker, a camera app called "canvas" is none we know.
    if said.startswith(_GENERATOR_MARK) or any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) for name in _MAKERS):
        return [Finding("made_or_edited_by_software", "person", {"software": (photo.software or "")[:120]})]
    return []
