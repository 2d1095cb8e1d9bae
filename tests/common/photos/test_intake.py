"""What shoppers send: every format, every orientation, every kind of broken and hostile file."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import zlib
from datetime import datetime

import pytest
from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from common.errors import RefusedError
from common.photos.intake import MAX_BYTES, Photo, distance, intake
from tests.common.photos.pictures import encoded, exif, scene, texture

TAKEN = datetime(2026, 11, 20, 14, 30, 5)  # noqa: DTZ001 (a camera's clock has no zone)


def kept(photo: Photo) -> Image.Image:
    return Image.open(io.BytesIO(photo.jpeg))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_format_becomes_a_clean_jpeg(kind: str) -> None:
    data = encoded(scene(width=800, height=600), kind)
    photo = intake(data)
    picture = kept(photo)
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (800, 600))
    assert (photo.width, photo.height) == (800, 600)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert distance(photo.phash, intake(encoded(scene())).phash) <= 2


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_time_and_software_are_read_and_nothing_personal_is_kept(kind: str) -> None:
    tags = exif(taken=TAKEN, software="HDR+ 1.0.7", position=True)
    photo = intake(encoded(scene(width=800, height=600), kind, exif=tags))
    assert (photo.taken_at, photo.software) == (TAKEN, "HDR+ 1.0.7")
    picture = kept(photo)
    assert not picture.getexif()
    assert not {"exif", "xmp", "icc_profile", "comment"} & set(picture.info)
    assert b"Camera Maker" not in photo.jpeg
    assert b"Exif" not in photo.jpeg


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_stands_upright(orientation: int) -> None:
    """A red corner comes back to the top left, however the camera was held."""
    upright = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(upright).rectangle((0, 0, 100, 100), fill="red")
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    photo = intake(encoded(stored, exif=exif(orientation=orientation)))
    red, green, _ = kept(photo).getpixel((50, 50))  # type: ignore[misc]
    assert (photo.width, photo.height) == (400, 300)
    assert red > 200
    assert green < 60


def test_a_large_picture_is_scaled_down() -> None:
    photo = intake(encoded(texture(width=4000, height=3000), quality=60))
    assert (photo.width, photo.height) == (2048, 1536)


def test_a_tall_strip_and_a_single_pixel_are_pictures_too() -> None:
    assert intake(encoded(Image.new("RGB", (3, 6000)))).height == 2048
    assert intake(encoded(Image.new("RGB", (1, 1)))).width == 1


def test_transparent_parts_become_white() -> None:
    sign = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    ImageDraw.Draw(sign).rectangle((0, 0, 99, 199), fill=(0, 0, 200, 255))
    for picture in (sign, sign.quantize(), sign.convert("LA")):
        clean = kept(intake(encoded(picture, "PNG")))
        assert clean.getpixel((150, 100)) == (255, 255, 255)
        assert sum(clean.getpixel((50, 100))) < 400  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16", "CMYK"])
def test_every_colour_mode_keeps_its_brightness(mode: str) -> None:
    grey = Image.linear_gradient("L").resize((300, 300))
    picture = (
        Image.frombytes("I;16", grey.size, b"".join(bytes((0, v)) for v in grey.tobytes()))
        if mode == "I;16"
        else grey.convert(mode)
    )
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert intake(encoded(picture, kind)).brightness == pytest.approx(127.5, abs=8)


def test_of_an_animation_the_first_picture_is_kept() -> None:
    frames = [Image.new("RGB", (60, 60), colour) for colour in ("blue", "red", "green")]
    for kind in ("WEBP", "PNG"):
        photo = intake(encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100))
        red, _, blue = kept(photo).getpixel((30, 30))  # type: ignore[misc]
        assert blue > 200
        assert red < 60


def test_a_phones_double_picture_is_read() -> None:
    assert (
        intake(encoded(scene(width=400, height=300), "MPO", save_all=True, append_images=[texture(2, 400, 300)])).width
        == 400
    )


def test_a_colour_profile_is_dropped() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert "icc_profile" not in kept(intake(encoded(scene(width=400, height=300), icc_profile=profile))).info


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "photo.empty", id="empty"),
        pytest.param(b"just some words, named holiday.jpg\n", "photo.not_a_picture", id="text named .jpg"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "photo.not_a_picture", id="only the first bytes of a PNG"),
        pytest.param(b"\xff\xd8\xff\xe0" + b"\0" * 100, "photo.not_a_picture", id="only the first bytes of a JPEG"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo.not_a_picture", id="a drawing"),
        pytest.param(b"%PDF-1.7\n", "photo.not_a_picture", id="a document"),
        pytest.param(b"GIF89a" + b"\0" * 40, "photo.not_a_picture", id="a format that is not taken"),
        pytest.param(b"\0" * (MAX_BYTES + 1), "photo.too_large", id="too many bytes"),
    ],
)
def test_what_is_no_photo_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        intake(data)
    assert caught.value.code == code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_half_a_file_is_refused(kind: str) -> None:
    data = encoded(texture(width=400, height=300), kind)
    with pytest.raises(RefusedError) as caught:
        intake(data[: len(data) // 2])
    assert caught.value.code == "photo.not_a_picture"


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, *more: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + b"".join(more)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8_000, 10_000, 20_000, 60_000])
def test_a_bomb_is_refused_before_it_is_unpacked(side: int) -> None:
    with pytest.raises(RefusedError) as caught:
        intake(png(side, side))
    assert caught.value.code == "photo.too_many_pixels"


def test_a_text_chunk_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 200_000_000, 9))
    with pytest.raises(RefusedError) as caught:
        intake(png(10, 10, bomb))
    assert caught.value.code == "photo.not_a_picture"


@pytest.mark.parametrize("written", ["0000:00:00 00:00:00", "yesterday", "2026:13:45 99:00:00", "    :  :     :  :  "])
def test_a_camera_without_a_clock_gives_no_time(written: str) -> None:
    tags = exif()
    tags[306] = written
    assert intake(encoded(scene(width=400, height=300), exif=tags)).taken_at is None


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow mentions what it skips
def test_broken_notes_do_not_spoil_the_picture() -> None:
    data = encoded(scene(width=400, height=300), exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40)
    assert intake(data).width == 400


@pytest.mark.parametrize(
    ("notes", "says"),
    [
        ({"parameters": "a broken mug, Steps: 30, Sampler: Euler"}, "parameters: a broken mug, Steps: 30"),
        ({"prompt": '{"3": {"class_type": "KSampler"}}'}, "parameters: {"),
        ({"Software": "Adobe Photoshop 26.0"}, "Adobe Photoshop 26.0"),
        (
            {"XML:com.adobe.xmp": "<x DigitalSourceType='http://.../trainedAlgorithmicMedia'/>"},
            "trainedAlgorithmicMedia",
        ),
        ({"XML:com.adobe.xmp": "<x DigitalSourceType='http://.../compositeWithTrainedAlgorithmicMedia'/>"}, None),
        ({"Comment": "hello"}, None),
    ],
)
def test_programs_that_say_so_are_heard(notes: dict[str, str], says: str | None) -> None:
    info = PngInfo()
    for key, value in notes.items():
        if key.startswith("XML"):
            info.add_itxt(key, value)
        else:
            info.add_text(key, value)
    software = intake(encoded(scene(width=400, height=300), "PNG", pnginfo=info)).software
    assert software == says if says is None else (software or "").startswith(says)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow mentions what it skips
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_no_damage_to_a_file_does_more_than_refuse_it(kind: str) -> None:
    dice = random.Random(7)
    whole = encoded(texture(width=64, height=48), kind, exif=exif(taken=TAKEN, software="x", position=True))
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 12)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        del data[len(data) - dice.choice([0, 0, 1, 20]) :]
        # Anything else than a refusal fails the test.
        try:
            intake(bytes(data))
        except RefusedError:
            refused += 1
    assert refused
