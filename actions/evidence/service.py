"""Checking photos and keeping what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from actions.evidence import checks, repository
from actions.evidence.checks import Measured
from actions.evidence.model import CheckContext, Evidence, Finding, PhotoCheck, Verdict
from common.ids import new_id
from common.photos import store

_GRAVITY: dict[Verdict, int] = {"ok": 0, "ask_again": 1, "person": 2}


def check(session: Session, photo_ids: Sequence[str], context: CheckContext) -> list[PhotoCheck]:
    """Check photos without keeping anything, in the order given.

    A photo sent twice in the same request counts once: the second is asked for again. Raises NotFoundError
    `photo.unknown`.
    """
    others = [
        item for item in repository.of_other_cases(session, context.case_id) if item[0] not in context.withdrawn_cases
    ]
    hashes = repository.catalogue_hashes(session, context.skus)
    results: list[PhotoCheck] = []
    seen: set[str] = set()
    for row in store.find(session, list(dict.fromkeys(photo_ids))):
        photo = Measured(
            sha256=row.sha256,
            phash=row.phash,
            sharpness=row.sharpness,
            brightness=row.brightness,
            taken_at=datetime.fromisoformat(row.taken_at) if row.taken_at else None,
            software=row.software,
        )
        findings = [
            *checks.quality(photo),
            *checks.same_as_another_case(photo, others),
            *checks.same_as_catalogue(photo, hashes),
            *checks.before_delivery(photo, context.delivered_at),
            *checks.software_that_says_so(photo),
        ]
        if photo.sha256 in seen:
            findings.append(Finding("same_photo_twice", "ask_again", {"sha256": photo.sha256}))
        seen.add(photo.sha256)
        results.append(_result(row.id, photo, findings))
    return results


def keep(session: Session, results: Iterable[PhotoCheck], *, case_id: str | None, now: datetime) -> list[Evidence]:
    """Keep what was found, one row a photo. A photo kept before gets the new findings, and the case if it had none."""
    results = list(results)
    known = repository.of_photos(session, [result.photo_id for result in results])
    rows = []
    for result in results:
        row = known.get(result.photo_id)
        if row is None:
            row = Evidence(
                id=new_id("evidence"),
                case_id=case_id,
                photo_id=result.photo_id,
                sha256=result.sha256,
                phash=result.phash,
                mime="image/jpeg",
                checks=result.as_json(),
                created_at=now,
            )
            repository.add(session, row)
        else:
            row.checks = result.as_json()
            row.case_id = row.case_id or case_id
        rows.append(row)
    session.flush()
    return rows


def of_case(session: Session, case_id: str) -> list[Evidence]:
    """The case's evidence, oldest first."""
    return repository.of_case(session, case_id)


def _result(photo_id: str, photo: Measured, findings: list[Finding]) -> PhotoCheck:
    verdict: Verdict = max((item.verdict for item in findings), key=_GRAVITY.__getitem__, default="ok")
    # A shopper can act on a blurred photo. What a person will look at is no news to them, and no charge against them.
    ask = next((item for item in findings if item.verdict == "ask_again"), None)
    return PhotoCheck(
        photo_id=photo_id,
        sha256=photo.sha256,
        phash=photo.phash,
        findings=tuple(findings),
        verdict=verdict,
        response=f"utter_photo_{ask.check}" if ask else None,
    )
