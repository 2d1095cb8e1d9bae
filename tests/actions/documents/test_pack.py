"""The evidence pack: one file with everything a supplier wants to see, and nothing else."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from sanic import Sanic

from actions.cases import service as cases
from actions.cases.model import Case
from actions.documents.evidence_pack import evidence_at_hand, evidence_pack
from actions.documents.pack import build
from actions.documents.web import blueprint
from actions.refunds import repository as refunds
from actions.refunds import service as refund_service
from actions.runtime import Runtime
from actions.suppliers import outgoing
from actions.suppliers.model import SupplierClaim
from common.clock import FixedClock
from common.database import transaction
from common.photos import store
from common.photos.intake import intake
from tests.factories import NOW, claim_of, create_conversation, create_order, draft_for, order_line
from tests.loopback import serving
from tests.shopper import photo

SECRET_MAIL = "camille@example.com"


@pytest.fixture
def base(runtime: Runtime) -> Iterator[str]:
    app = Sanic("packs", configure_logging=False)
    app.blueprint(blueprint(runtime))
    with serving(app) as address:
        yield address


@pytest.fixture
def claimed(runtime: Runtime) -> tuple[Case, SupplierClaim]:
    """A broken lamp with two photos, paid back and claimed from a supplier that speaks French."""

    with transaction(runtime.engine) as session:
        line = order_line(sku="LAMP", name="Brass <lamp> & shade", supplier_id="atelier", unit_paid_minor=1400)
        tracking = {"carrier": "Colissimo", "number": "6A123", "status": "delivered", "last_event_at": None}
        order = create_order(session, lines=[line], tracking=tracking)
        conversation = create_conversation(session, language="fr")
        kept = tuple(
            store.keep(
                session, runtime.settings.home, intake(photo(number)), conversation_id=conversation.id,
                client_id=f"c{number}", now=NOW,
            ).id
            for number in (1, 2)
        )  # fmt: skip
        draft = draft_for(order, conversation, photo_ids=kept)
        case = cases.open_case(session, runtime, draft, key="k", now=NOW)
        claim = claim_of(session, case.id)
        assert claim is not None
        [refund] = refunds.of_case(session, case.id)
    refund_service.execute(runtime, refund.id)
    return case, claim


def test_the_pack_holds_words_decision_proof_and_pictures(
    runtime: Runtime, claimed: tuple[Case, SupplierClaim]
) -> None:
    case, claim = claimed
    with transaction(runtime.engine) as session:
        made = evidence_pack(session, runtime, claim.id)
        [refund] = refunds.of_case(session, case.id)
    said = dict(made.sections)
    assert made.title == f"Réclamation {claim.reference}"
    assert said["Avec les mots du client"] == (("", "It is not as it should be."),)
    assert ("Décision", "Remboursement du client, sans retour") in said["Ce que la boutique a décidé"]
    assert ("Suivi", "Colissimo 6A123") in said["Parcours du colis"]
    [(amount, proof)] = said["Preuve du remboursement au client"]
    assert amount == "14,00\u00a0€"
    assert refund.gateway_id is not None
    assert proof.endswith(refund.gateway_id)
    assert len(made.pictures) == 2
    assert SECRET_MAIL not in repr(made.sections)


def test_the_zip_is_the_same_every_time_and_its_pictures_are_what_the_links_show(
    runtime: Runtime, claimed: tuple[Case, SupplierClaim]
) -> None:
    _, claim = claimed
    with transaction(runtime.engine) as session:
        made = evidence_pack(session, runtime, claim.id)
        links = outgoing.evidence_links(session, claim, runtime.settings)
    assert build(made) == build(made)
    with zipfile.ZipFile(io.BytesIO(build(made))) as archive:
        names = archive.namelist()
        assert names == [f"{claim.reference}.pdf", f"{claim.reference}-1.jpg", f"{claim.reference}-2.jpg"]
        assert archive.read(names[0]).startswith(b"%PDF-")
        assert [hashlib.sha256(archive.read(name)).hexdigest() for name in names[1:]] == [link.sha256 for link in links]


def test_the_supplier_gets_it_by_a_signed_link_that_ends(
    base: str, runtime: Runtime, claimed: tuple[Case, SupplierClaim], clock: FixedClock
) -> None:
    _, claim = claimed
    url = base + urlsplit(outgoing.pack_link(claim, runtime.settings)).path
    answer = requests.get(url, timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{claim.reference}.zip"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert requests.get(url.replace("/claims/", "/claims/x"), timeout=20).status_code == 404
    clock.advance(timedelta(days=181))
    assert requests.get(url, timeout=20).status_code == 410


def test_what_is_at_hand_is_known_kind_by_kind(runtime: Runtime, claimed: tuple[Case, SupplierClaim]) -> None:
    case, _ = claimed
    with transaction(runtime.engine) as session:
        assert evidence_at_hand(session, case, None) == {"photos", "description", "proof_of_refund"}
