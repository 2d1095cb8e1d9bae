"""What every way to reach a supplier promises (`actions.suppliers.port.Supplier`), checked against each of them.

The http adapter talks to the reference supplier over a real socket. A new adapter joins by one more entry in `reached`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from actions.suppliers.adapters.http import HttpSupplier
from actions.suppliers.adapters.portal import PortalSupplier
from actions.suppliers.port import ClaimLine, ClaimRequest, EvidenceLink, RmaReport, RmaStatus, Supplier
from common.clock import FixedClock
from common.shop_config import SupplierConfig
from retour.demo.supplier import create_app
from retour.demo.supplier_life import Pace, SupplierLife
from retour.demo.supplier_state import SupplierState
from tests.loopback import serving

CLAIM = ClaimRequest(
    reference="RT-7K2P9X",
    order_number="1043",
    supplier_order_number=None,
    reason="wrong_size",
    legal_basis="withdrawal",
    description="Too short — « trop court » 🧵",
    desired_outcome="return",
    currency="EUR",
    lines=(ClaimLine("SWEATER-M", "Wool sweater", 1, 1900),),
    evidence=(EvidenceLink("https://shop.example/evidence/x", "0" * 64, "image/jpeg"),),
)


@dataclass
class Reached:
    """A supplier behind one adapter, and a way to make it answer."""

    supplier: Supplier
    answer: Callable[[str, str], object] | None


@pytest.fixture(params=["http", "portal"])
def reached(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Reached]:
    if request.param == "portal":
        yield Reached(PortalSupplier(SupplierConfig(id="atelier", name="Atelier Nord", kind="portal")), None)
        return
    state = SupplierState(tmp_path / "supplier.db")
    life = SupplierLife(state, clock, Pace(answer=timedelta(days=1)))
    app = create_app(state, life, token="t", webhook="http://127.0.0.1:9/", secret="w")
    with serving(app) as base:
        config = SupplierConfig(id="northwind", name="Northwind", kind="http", base_url=base, token="t")
        yield Reached(HttpSupplier(config), life.move)


def test_filing_gives_an_id_and_a_status(reached: Reached) -> None:
    report = reached.supplier.request(CLAIM, key="claim_1")
    assert isinstance(report, RmaReport)
    assert report.external_id
    assert report.status is RmaStatus.PENDING


def test_the_same_key_files_once(reached: Reached) -> None:
    first = reached.supplier.request(CLAIM, key="claim_1")
    assert reached.supplier.request(CLAIM, key="claim_1") == first


def test_another_claim_is_another_id(reached: Reached) -> None:
    first = reached.supplier.request(CLAIM, key="claim_1")
    other = reached.supplier.request(replace(CLAIM, reference="RT-2222"), key="claim_2")
    assert first.external_id != other.external_id


def test_what_was_filed_can_be_fetched(reached: Reached) -> None:
    filed = reached.supplier.request(CLAIM, key="claim_1")
    assert reached.supplier.fetch(filed.external_id) == filed


def test_the_same_key_answers_what_is_known_by_then(reached: Reached) -> None:
    filed = reached.supplier.request(CLAIM, key="claim_1")
    if reached.answer is None:
        pytest.skip("a person answers on the portal page, not through this adapter")
    reached.answer(filed.external_id, "approved")
    again = reached.supplier.request(CLAIM, key="claim_1")
    assert (again.external_id, again.status) == (filed.external_id, RmaStatus.APPROVED)
    assert again.rma_number
    assert again == reached.supplier.fetch(filed.external_id)


def test_what_it_says_of_itself_is_true(reached: Reached) -> None:
    capabilities = reached.supplier.capabilities
    assert capabilities.api is (reached.answer is not None)
    assert capabilities.polling or not capabilities.api


def test_a_description_of_any_kind_goes_through(reached: Reached) -> None:
    odd = replace(CLAIM, description="</script>\u202e\n\t\"'" + "x" * 5000, reference="RT-3333")
    assert reached.supplier.request(odd, key="claim_3").external_id
