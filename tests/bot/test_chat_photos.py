"""Photos over the chat API: kept, shown to their owner, refused with a sentence."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from PIL import Image

from common.database import transaction
from common.photos.intake import MAX_BYTES
from common.photos.store import PhotoRow
from tests.bot.conftest import Edge
from tests.bot.scripted_rasa import ScriptedRasa


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    return out.getvalue()


def test_photos_are_kept_shown_and_reach_rasa_as_metadata(edge: Edge, rasa: ScriptedRasa) -> None:
    shopper = edge.shopper()
    uploads = [shopper.upload(picture(colour)).json() for colour in ("red", "blue")]
    assert uploads[0]["width"] == 320
    ids = [upload["photo"] for upload in uploads]
    assert shopper.post({"photos": ids}).status_code == 202
    messages = shopper.hears("you said /start", "you said /photos_sent")
    assert next(m for m in messages if m["from"] == "shopper")["photos"] == ids
    assert rasa.received[1]["metadata"]["photos"] == ids
    assert shopper.post({"photos": ids[:1], "text": "the handle"}).status_code == 202
    shopper.hears("you said /start", "you said /photos_sent", "you said the handle")
    assert rasa.received[2]["metadata"]["photos"] == ids[:1]
    shown = shopper.http.get(f"/photos/{ids[0]}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(shown.content)).size == (320, 240)


def test_the_same_upload_twice_is_one_photo(edge: Edge) -> None:
    shopper = edge.shopper()
    first, second = (shopper.upload(picture(), client_id="p1").json()["photo"] for _ in range(2))
    assert first == second


def test_a_photo_belongs_to_its_conversation(edge: Edge) -> None:
    shopper, other = edge.shopper(), edge.shopper()
    photo = shopper.upload(picture()).json()["photo"]
    assert other.http.get(f"/photos/{photo}").status_code == 404
    answer = other.post({"photos": [photo]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "photo_unknown")
    assert other.post({"photos": ["photo_unknown"]}).status_code == 422
    assert other.http.get("/photos/..%2F..%2Fsecret.key").status_code == 404


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [(b"this is a text file", 415, "photo_not_a_picture"), (b"", 415, "photo_not_a_picture"),
     (picture()[:200], 415, "photo_not_a_picture"), (b"GIF89a" + b"\0" * 40, 415, "photo_not_a_picture"),
     (b"\xff\xd8" + b"\0" * (MAX_BYTES + 1), 413, "photo_too_large")],
    ids=["text named .jpg", "empty", "cut off", "gif", "16 MB"],
)  # fmt: skip
def test_what_is_not_a_photo_gets_a_sentence(edge: Edge, data: bytes, status: int, code: str) -> None:
    shopper = edge.shopper("fr")
    answer = shopper.upload(data, "photo.jpg")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "photo" in answer.json()["error"]["message"].lower()
    assert shopper.upload(picture()).status_code == 201


def test_40_megabytes_get_a_sentence_and_not_a_broken_connection(edge: Edge) -> None:
    shopper = edge.shopper()
    answer = shopper.upload(b"\xff\xd8\xff" + b"\0" * 40 * 1024 * 1024)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "photo_too_large")
    assert "15 MB" in answer.json()["error"]["message"]
    # The same connection goes on, and so does the conversation.
    shopper.say("too big, sorry")
    shopper.hears("you said /start", "you said too big, sorry")


def test_40_megabytes_without_a_declared_length_are_refused_too(edge: Edge) -> None:
    shopper = edge.shopper()
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    chunks = (b"\0" * 1024 * 1024 for _ in range(40))
    assert shopper.http.post("/photos", content=chunks, headers=kind).status_code == 413


def test_multipart_that_is_none_is_refused(edge: Edge) -> None:
    shopper = edge.shopper()
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "application/json", "text/plain"):
        answer = shopper.http.post("/photos", content=b"--x\r\nnonsense", headers={"Content-Type": kind})
        assert answer.status_code == 400


def test_too_many_photos_in_one_message(edge: Edge) -> None:
    answer = edge.shopper().post({"photos": [f"photo_{number}" for number in range(11)]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "photo_too_many")


def test_one_photo_more_than_a_conversation_may_have_in_a_day(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.photos.MAX_PHOTOS", 1)
    shopper = edge.shopper()
    assert shopper.upload(picture(), client_id=str(uuid4())).status_code == 201
    assert shopper.upload(picture("blue")).json()["error"]["code"] == "photo_too_many"
    with transaction(edge.engine) as session:
        session.execute(sa.update(PhotoRow).values(received_at=datetime.now(UTC) - timedelta(hours=25)))
    assert shopper.upload(picture("blue")).status_code == 201
