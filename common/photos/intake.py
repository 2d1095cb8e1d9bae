"""Turn bytes somebody sent into a picture that is safe to keep, with what can be measured about it."""

from __future__ import annotations

import hashlib
import io
import struct
from dataclasses import dataclass
from datetime import datetime

import imagehash
from PIL import ExifTags, Image, ImageFilter, ImageOps, ImageStat, UnidentifiedImageError
from pillow_heif import register_heif_opener

from common.errors import RefusedError

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 60_000_000
_KEPT_SIDE = 2048
_MEASURED_SIDE = 512
_FORMATS = {"JPEG", "PNG", "WEBP", "HEIF"}
_QUALITY = 88
# What Pillow's decoders raise on bytes that are no picture; a broken or hostile file meets any of them.
_UNREADABLE = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, struct.error, KeyError, IndexError, TypeError,
    AttributeError, OverflowError, RuntimeError, MemoryError, ZeroDivisionError,
)  # fmt: skip
_MADE_BY_A_MODEL = b"trainedAlgorithmicMedia"
_GENERATOR_KEYS = ("parameters", "prompt", "workflow", "Dream", "sd-metadata")
_TILES = 8


@dataclass(frozen=True)
class Photo:
    """A re-encoded JPEG and its measurements. `sha256` is that of the bytes that were sent.

    `phash` is the 64-bit perceptual hash as 16 hex digits; `sharpness` is the variance of the edges in the sharpest
    parts and `brightness` the mean, both of the grey picture on a scale of 0 to 255 at 512 pixels. `taken_at` is the
    camera's local time as EXIF has it, without zone, or None; `software` what EXIF or the file says made it.
    """

    jpeg: bytes
    sha256: str
    phash: str
    width: int
    height: int
    sharpness: float
    brightness: float
    taken_at: datetime | None
    software: str | None


def intake(data: bytes) -> Photo:
    """Decode, limit, measure, strip and re-encode one picture.

    Raises RefusedError with code `photo.empty`, `photo.too_large`, `photo.not_a_picture` or `photo.too_many_pixels`.
    """
    if not data:
        raise RefusedError("photo.empty", "The file is empty.")
    if len(data) > MAX_BYTES:
        raise RefusedError("photo.too_large", f"The file has {len(data)} bytes; the limit is {MAX_BYTES}.")
    register_heif_opener()
    try:
        picture = Image.open(io.BytesIO(data), formats=sorted(_FORMATS))
        # Opening reads the header only: a picture that would unpack to gigabytes is refused before it does.
        if picture.width * picture.height > MAX_PIXELS:
            raise RefusedError("photo.too_many_pixels", f"The picture is {picture.width} x {picture.height} pixels.")
        # A JPEG unpacks to about the size that is kept: less memory, and no visible loss.
        picture.draft("RGB", (_KEPT_SIDE, _KEPT_SIDE))
        picture.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise RefusedError("photo.too_many_pixels", "The picture has too many pixels.") from error
    except _UNREADABLE as error:
        raise RefusedError("photo.not_a_picture", f"The file cannot be read as a picture: {error}.") from error
    taken_at, software = _details(picture, data)
    upright = _upright(picture)
    clean = _flat_rgb(upright)
    clean.thumbnail((_KEPT_SIDE, _KEPT_SIDE))
    out = io.BytesIO()
    # A fresh save of pixels only: no EXIF, no position, no thumbnails, nothing hidden behind the picture.
    clean.save(out, "JPEG", quality=_QUALITY, optimize=True)
    sharpness, brightness = _measure(clean)
    return Photo(
        jpeg=out.getvalue(),
        sha256=hashlib.sha256(data).hexdigest(),
        phash=str(imagehash.phash(clean)),
        width=clean.width,
        height=clean.height,
        sharpness=sharpness,
        brightness=brightness,
        taken_at=taken_at,
        software=software,
    )


def distance(phash: str, other: str) -> int:
    """How many of the 64 bits of two perceptual hashes differ; the same scene re-saved differs in few."""
    return (int(phash, 16) ^ int(other, 16)).bit_count()


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera was held; as it is when that note cannot be read."""
    try:
        return ImageOps.exif_transpose(picture)
    except _UNREADABLE:
        return picture


def _flat_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # Sixteen bits a pixel; a plain conversion would turn everything but black into white.
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        flat = Image.new("RGB", layered.size, "white")
        flat.paste(layered, mask=layered.getchannel("A"))
        return flat
    return picture.convert("RGB") if picture.mode != "RGB" else picture.copy()


def _measure(picture: Image.Image) -> tuple[float, float]:
    grey = picture.convert("L")
    grey.thumbnail((_MEASURED_SIDE, _MEASURED_SIDE))
    edges = grey.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128))
    return _sharpest(edges), float(ImageStat.Stat(grey).mean[0])


def _sharpest(edges: Image.Image) -> float:
    """The edges' variance in the sharpest parts, so that a plain wall behind the object does not count as blur."""
    # The border of a convolution repeats input pixels and would look like detail.
    width, height = max(edges.width - 2, 1), max(edges.height - 2, 1)
    found = []
    for row in range(_TILES):
        for column in range(_TILES):
            box = (
                1 + column * width // _TILES,
                1 + row * height // _TILES,
                1 + (column + 1) * width // _TILES,
                1 + (row + 1) * height // _TILES,
            )
            if box[2] > box[0] and box[3] > box[1]:
                found.append(float(ImageStat.Stat(edges.crop(box)).var[0]))
    # Not the very sharpest: one glint of light has hard edges in any photo.
    return sorted(found, reverse=True)[min(3, len(found) - 1)] if found else 0.0


def _details(picture: Image.Image, data: bytes) -> tuple[datetime | None, str | None]:
    """When it was taken, and what made it, as far as the file says so in a way that can be read."""
    try:
        exif = picture.getexif()
        own = exif.get_ifd(ExifTags.IFD.Exif)
        taken_at = _camera_time(own.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime))
        said = exif.get(ExifTags.Base.Software)
    except _UNREADABLE:
        taken_at, said = None, None
    said = said or picture.info.get("Software") or picture.info.get("software")
    if not said:
        # The IPTC's word for pictures made by a model, in XMP and in signed provenance alike
        # (http://cv.iptc.org/newscodes/digitalsourcetype/); then what generators write into PNG files.
        if _MADE_BY_A_MODEL in data:
            said = _MADE_BY_A_MODEL.decode("ascii")
        elif any(key in picture.info for key in _GENERATOR_KEYS):
            said = "parameters: " + next(str(picture.info[key]) for key in _GENERATOR_KEYS if key in picture.info)
    return taken_at, str(said).strip("\0 ")[:120] if said else None


def _camera_time(written: object) -> datetime | None:
    if not isinstance(written, str):
        return None
    try:
        return datetime.strptime(written.strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 (EXIF has no zone)
    except ValueError:
        return None
