"""Turn bytes somebody sent into a picture that is safe to keep, with what can be measured about it."""

from __future__ import annotations

import hashlib
import io
import warnings
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


@dataclass(frozen=True)
class Photo:
    """A re-encoded JPEG and its measurements. `sha256` is that of the bytes that were sent.

    `phash` is the 64-bit perceptual hash as 16 hex digits; `sharpness` is the variance of the edges and
    `brightness` the mean, both of the grey picture on a scale of 0 to 255 at 512 pixels. `taken_at` is the
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
        with warnings.catch_warnings():
            # A picture that would unpack to gigabytes is refused before it is unpacked.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=sorted(_FORMATS))
            if picture.width * picture.height > MAX_PIXELS:
                raise RefusedError(
                    "photo.too_many_pixels", f"The picture is {picture.width} x {picture.height} pixels."
                )
            taken_at, software = _exif(picture)
            upright = ImageOps.exif_transpose(picture)
            upright.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise RefusedError("photo.too_many_pixels", "The picture has too many pixels.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise RefusedError("photo.not_a_picture", f"The file cannot be read as a picture: {error}.") from error
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


def _flat_rgb(picture: Image.Image) -> Image.Image:
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
    # The border of a convolution repeats input pixels and would look like detail.
    inner = edges.crop((1, 1, max(edges.width - 1, 2), max(edges.height - 1, 2)))
    return float(ImageStat.Stat(inner).var[0]), float(ImageStat.Stat(grey).mean[0])


def _exif(picture: Image.Image) -> tuple[datetime | None, str | None]:
    exif = picture.getexif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    taken_at = None
    written = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    if isinstance(written, str):
        try:
            taken_at = datetime.strptime(written.strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 (EXIF has no zone)
        except ValueError:
            taken_at = None
    # PNG text chunks carry the same word under other names; generators write "parameters" or "Software".
    said = exif.get(ExifTags.Base.Software) or picture.info.get("Software") or picture.info.get("software")
    if not said and "parameters" in picture.info:
        said = "parameters: " + str(picture.info["parameters"])
    return taken_at, str(said).strip("\0 ")[:120] if said else None
