"""What is written to a supplier about a claim, in its own language."""

from __future__ import annotations

from datetime import datetime

from actions.suppliers import portal
from actions.suppliers.mail import Letter
from actions.suppliers.model import SupplierClaim
from actions.suppliers.web.words import WORDS, language_of, long_date
from common.settings import Settings
from common.shop_config import ShopConfig, SupplierConfig


def request(
    settings: Settings, shop: ShopConfig, supplier: SupplierConfig, claim: SupplierClaim, *, now: datetime
) -> Letter:
    """The claim itself, with the link to its page."""
    return _letter("request", settings, shop, supplier, claim, key=f"{claim.id}.request", now=now)


def reminder(
    settings: Settings, shop: ShopConfig, supplier: SupplierConfig, claim: SupplierClaim, *, days: int, now: datetime
) -> Letter:
    """The claim again, `days` after the step became due."""
    return _letter("remind", settings, shop, supplier, claim, key=f"{claim.id}.{claim.status}.{days}", now=now)


def _letter(
    kind: str,
    settings: Settings,
    shop: ShopConfig,
    supplier: SupplierConfig,
    claim: SupplierClaim,
    *,
    key: str,
    now: datetime,
) -> Letter:
    language = language_of(supplier.language)
    words = WORDS[language]
    filled = {
        "shop": shop.name,
        "supplier": supplier.name,
        "reference": claim.reference,
        "step": words[f"mail_step_{claim.status}"],
        "answer_by": long_date(claim.deadline_at, language),
        "link": portal.link(settings, claim, now=now).url,
        "email": shop.support_email,
    }
    subject, text = words[f"mail_{kind}_subject"], words[f"mail_{kind}"]
    for name, value in filled.items():
        subject, text = subject.replace("{" + name + "}", value), text.replace("{" + name + "}", value)
    return Letter(key, supplier.email, " ".join(subject.split()), text)
