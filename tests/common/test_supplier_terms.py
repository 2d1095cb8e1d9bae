"""A supplier's terms: read exactly, and one sentence for each wrong value."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from actions.policy.model import REASONS as POLICY_REASONS
from common.errors import SettingsError
from common.settings import ROOT, Settings
from common.shop_config import ShopConfig
from common.supplier_terms import REASONS, SupplierTerms
from retour.processes import demo_environment

_SHOP = """
[shop]
name = "Maison Lumen"
country = "FR"
currency = "EUR"
support_email = "help@shop.example"
[payment]
kind = "manual"
[suppliers.nord]
name = "Nord"
kind = "portal"
answer_within_days = 5
"""


def load(tmp_path: Path, more: str) -> ShopConfig:
    path = tmp_path / "retour.toml"
    path.write_text(_SHOP + more, encoding="utf-8")
    return ShopConfig.load(path, {})


def terms(tmp_path: Path, more: str) -> SupplierTerms:
    return load(tmp_path, "[suppliers.nord.terms]\n" + more).suppliers["nord"].terms


def test_reasons_are_those_of_the_policy() -> None:
    assert REASONS == POLICY_REASONS


def test_the_example_file_is_right(settings: Settings) -> None:
    shop = ShopConfig.load(ROOT / "retour.example.toml", demo_environment(settings))
    northwind = shop.suppliers["northwind"].terms
    assert (northwind.of("damaged").deadline_days, northwind.of("damaged").needs_parcel) == (15, False)
    assert (northwind.of("wrong_size").deadline_days, northwind.of("wrong_size").needs_parcel) == (30, True)
    assert northwind.of("not_received").counts_from == "dispatch"
    assert northwind.return_freight_minor == 690


def test_without_terms_nothing_is_assumed(tmp_path: Path) -> None:
    assert load(tmp_path, "").suppliers["nord"].terms == SupplierTerms()


def test_a_reason_takes_over_what_it_does_not_say(tmp_path: Path) -> None:
    found = terms(
        tmp_path, 'deadline_days = 30\nevidence = ["photos"]\n[suppliers.nord.terms.reasons.damaged]\ndeadline_days = 5'
    )
    assert found.of("damaged").evidence == ("photos",)
    assert found.of("damaged").deadline_days == 5
    assert found.of("other").deadline_days == 30


@pytest.mark.parametrize(("written", "minor"), [("6.90", 690), ('"6,90"', 690), ("7", 700), ("0.1", 10), ("1e0", None)])
def test_amounts_are_read_to_the_cent(tmp_path: Path, written: str, minor: int | None) -> None:
    if minor is None:
        with pytest.raises(SettingsError, match="return_freight"):
            terms(tmp_path, f"return_freight = {written}")
    else:
        assert terms(tmp_path, f"return_freight = {written}").return_freight_minor == minor


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("deadline_days = 0", "deadline_days"),
        ("deadline_days = 2.5", "deadline_days"),
        ("deadline_days = true", "deadline_days"),
        ('deadline_days = "30"', "deadline_days"),
        ('counts_from = "birth"', "counts_from"),
        ('evidence = "photos"', "evidence"),
        ('evidence = ["selfie"]', "evidence"),
        ("covered = 1", "covered"),
        ('needs_parcel = "no"', "needs_parcel"),
        ("return_freight = -1.00", "return_freight"),
        ("return_freight = 6.905", "return_freight"),
        ("return_freight = true", "return_freight"),
        ('return_freight_paid_by = "shopper"', "return_freight_paid_by"),
        ("chase_days = [2, 5]", "chase_days"),
        ("chase_days = 2", "chase_days"),
        ("alarm_days = [-1]", "alarm_days"),
        ("dedline_days = 3", "dedline_days"),
        ("[suppliers.nord.terms.reasons.bored]\ncovered = false", "bored"),
        ("[suppliers.nord.terms.reasons.damaged]\nchase_days = [1]", "chase_days"),
        ("reasons = 3", "reasons"),
    ],
)
def test_a_wrong_value_is_named_in_one_sentence(tmp_path: Path, line: str, named: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        terms(tmp_path, line)
    assert named in refusal.value.message
    assert "suppliers.nord.terms" in refusal.value.message
    assert refusal.value.message.endswith(".")
    assert "\n" not in refusal.value.message


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ('[suppliers.sud]\nname = "S"\nkind = "portal"\nships_from = "china"', "ships_from"),
        ('[suppliers.sud]\nname = "S"\nkind = "portal"\nanswer_within_days = 0', "answer_within_days"),
        ('[suppliers.sud]\nname = "S"\nkind = "portal"\nterms = 3', "terms"),
        ("[costs]\nresale_percent = 120", "resale_percent"),
        ("[costs]\npartial_refund_percent = 100", "partial_refund_percent"),
        ('[costs]\nhandling = "a lot"', "handling"),
        ("[costs]\nhandeling = 2", "handeling"),
    ],
)
def test_the_rest_of_the_file_is_as_strict(tmp_path: Path, more: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load(tmp_path, more)


def test_a_deadline_counts_from_its_event(tmp_path: Path) -> None:
    found = terms(tmp_path, "deadline_days = 15")
    event = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    assert found.deadline("damaged", event) == datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
    assert found.deadline("damaged", None) is None
    assert SupplierTerms().deadline("damaged", event) is None
