"""Photos of a conversation checked against what is already known, and kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from actions.catalogue.model import Product
from actions.catalogue.service import learn_picture
from actions.evidence import service
from actions.evidence.model import CheckContext
from common.errors import NotFoundError, RefusedError
from common.outbox import Conversation
from common.photos import store
from common.photos.intake import intake
from tests.common.photos.pictures import blurred, encoded, exif, scene, texture

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DELIVERED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def session(session: Session) -> Session:
    for name in ("c1", "c2"):
        session.add(Conversation(id=name, channel="web", channel_user=name, created_at=NOW))
    session.add(Product(sku="MUG", name_en="Mug", name_fr="Tasse"))
    session.flush()
    return session


def sent(session: Session, home: Path, data: bytes, client_id: str, conversation: str = "c1") -> str:
    return store.keep(session, home, intake(data), conversation_id=conversation, client_id=client_id, now=NOW).id


def test_good_photos_pass_without_a_word(session: Session, home: Path) -> None:
    photos = [sent(session, home, encoded(texture(seed, 800, 600)), str(seed)) for seed in (1, 2)]
    results = service.check(session, photos, CheckContext(None, ("MUG",), DELIVERED))
    assert [(item.photo_id, item.verdict, item.response) for item in results] == [
        (photos[0], "ok", None),
        (photos[1], "ok", None),
    ]


def test_a_blurred_photo_is_asked_for_again(session: Session, home: Path) -> None:
    photo = sent(session, home, encoded(blurred(scene(), 20)), "1")
    (result,) = service.check(session, [photo], CheckContext())
    assert (result.verdict, result.response) == ("ask_again", "utter_photo_too_blurred")
    assert result.as_json()["findings"][0]["check"] == "too_blurred"


def test_the_same_file_twice_counts_once(session: Session, home: Path) -> None:
    data = encoded(texture(1, 800, 600))
    photos = [sent(session, home, data, name) for name in ("1", "2")]
    first, second = service.check(session, photos, CheckContext())
    assert (first.verdict, second.verdict, second.response) == ("ok", "ask_again", "utter_photo_same_photo_twice")


def test_a_photo_of_another_case_goes_to_a_person_without_a_word(session: Session, home: Path) -> None:
    old = sent(session, home, encoded(texture(1, 800, 600)), "1", "c2")
    service.keep(session, service.check(session, [old], CheckContext()), case_id="case_old", now=NOW)
    again = sent(session, home, encoded(texture(1, 800, 600).resize((400, 300)), quality=60), "1")
    (result,) = service.check(session, [again], CheckContext("case_new"))
    assert (result.verdict, result.response) == ("person", None)
    assert result.findings[0].facts["case_id"] == "case_old"
    (own,) = service.check(session, [again], CheckContext("case_old"))
    (afresh,) = service.check(session, [again], CheckContext("case_new", withdrawn_cases=frozenset({"case_old"})))
    assert (own.verdict, afresh.verdict) == ("ok", "ok")


def test_the_catalogue_picture_goes_to_a_person(session: Session, home: Path) -> None:
    learn_picture(session, "MUG", encoded(texture(9, 600, 600), "PNG"))
    photo = sent(session, home, encoded(texture(9, 600, 600).resize((900, 900))), "1")
    (result,) = service.check(session, [photo], CheckContext(None, ("MUG",), None))
    assert [item.check for item in result.findings] == ["same_as_catalogue"]
    (elsewhere,) = service.check(session, [photo], CheckContext(None, ("BAG",), None))
    assert elsewhere.verdict == "ok"


def test_a_drawing_is_no_catalogue_photo(session: Session) -> None:
    with pytest.raises(RefusedError) as caught:
        learn_picture(session, "MUG", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>")
    assert caught.value.code == "photo.not_a_picture"
    with pytest.raises(NotFoundError):
        learn_picture(session, "NONE", b"")


def test_time_and_software_of_the_file_are_used(session: Session, home: Path) -> None:
    early = exif(taken=datetime(2026, 11, 1, 12, 0), software="Adobe Photoshop 26.0")  # noqa: DTZ001
    photo = sent(session, home, encoded(texture(1, 800, 600), exif=early), "1")
    (result,) = service.check(session, [photo], CheckContext(None, (), DELIVERED))
    assert [item.check for item in result.findings] == ["taken_before_delivery", "made_or_edited_by_software"]
    assert result.verdict == "person"


def test_what_was_found_is_kept_once_a_photo(session: Session, home: Path) -> None:
    photos = [sent(session, home, encoded(texture(seed, 800, 600)), str(seed)) for seed in (1, 2)]
    results = service.check(session, photos, CheckContext())
    first = service.keep(session, results, case_id=None, now=NOW)
    second = service.keep(session, results, case_id="case_1", now=NOW)
    assert [row.id for row in first] == [row.id for row in second]
    assert {row.photo_id for row in service.of_case(session, "case_1")} == set(photos)
    assert service.of_case(session, "case_1")[0].checks == {"verdict": "ok", "findings": []}
    assert service.keep(session, results, case_id="case_2", now=NOW)[0].case_id == "case_1"


def test_a_photo_nobody_sent(session: Session) -> None:
    with pytest.raises(NotFoundError) as caught:
        service.check(session, ["photo_none"], CheckContext())
    assert caught.value.code == "photo.unknown"
