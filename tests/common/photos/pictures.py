"""Pictures made on the spot: textures, a scene with a crack, and the files phones and programs make of them."""

from __future__ import annotations

import io
import random
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image, ImageDraw, ImageFilter
from pillow_heif import register_heif_opener

WIDTH, HEIGHT = 1600, 1200


def texture(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Cloth-like noise in several sizes, different for each seed."""
    dice = random.Random(seed)
    layers = None
    for cells in (6, 20, 80, 320):
        rows = max(2, cells * height // width)
        grains = Image.frombytes("L", (cells, rows), dice.randbytes(cells * rows))
        grains = grains.resize((width, height), Image.Resampling.BICUBIC)
        layers = grains if layers is None else Image.blend(layers, grains, 0.35)
    assert layers is not None
    return layers.convert("RGB")


def scene(contrast: float = 1.0, seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A mug with a crack on a table, flat surfaces and a few clear edges; another seed, another mug."""
    dice = random.Random(seed)
    shift = dice.randint(-150, 150) if seed else 0
    picture = Image.new("RGB", (WIDTH, HEIGHT), (200, 196, 190))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 900, WIDTH, HEIGHT), fill=(150, 120, 90))

    def near(red: int, green: int, blue: int) -> tuple[int, int, int]:
        return (
            int(128 + (red - 128) * contrast),
            int(128 + (green - 128) * contrast),
            int(128 + (blue - 128) * contrast),
        )

    draw.ellipse((480 + shift, 300, 1120 + shift, 960), fill=near(40, 80, 160))
    draw.arc((1000 + shift, 480, 1300 + shift, 780), -90, 90, fill=near(40, 80, 160), width=50)
    draw.line((720 + shift, 360, 800 + shift, 540, 700 + shift, 720, 830 + shift, 900), fill=near(15, 20, 30), width=6)
    return picture.resize((width, height)) if (width, height) != (WIDTH, HEIGHT) else picture


def blurred(picture: Image.Image, radius: float) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(radius)) if radius else picture


def exposed(picture: Image.Image, factor: float = 1.0, plus: int = 0) -> Image.Image:
    return picture.point(lambda value: max(0, min(255, int(value * factor + plus))))


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    register_heif_opener()
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def exif(
    *, taken: datetime | None = None, software: str = "", orientation: int = 1, position: bool = False
) -> Image.Exif:
    """What a camera writes; `position` adds coordinates in the middle of an ocean."""
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Make] = "Camera Maker"
    if software:
        tags[ExifTags.Base.Software] = software
    if taken:
        tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{taken:%Y:%m:%d %H:%M:%S}"
    if position:
        place = tags.get_ifd(ExifTags.IFD.GPSInfo)
        place[ExifTags.GPS.GPSLatitudeRef] = "N"
        place[ExifTags.GPS.GPSLatitude] = (45.0, 0.0, 0.0)
        place[ExifTags.GPS.GPSLongitudeRef] = "W"
        place[ExifTags.GPS.GPSLongitude] = (30.0, 0.0, 0.0)
    return tags
