"""What may suit a shopper better: like what they bought, without the size, the defect or the supplier that failed.

Likeness is that of names and categories (rapidfuzz). The sentence vectors of the understanding live in Rasa's own
process; asking it for each product would cost more than it would tell about names of three words.
"""

from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from actions.cases.model import Case, CaseLine
from actions.catalogue import repository
from actions.catalogue.model import Product

_MOST = 2
# A category of more products than this is compared in part; a chat names two anyway.
_COMPARED = 500
# Of 100. Below it two names have little more in common than their category.
_ALIKE = 35.0
_FAULTS = frozenset({"damaged", "defective", "not_as_described", "wrong_item", "not_received"})
# A product with this many faults in half a year is not recommended to anybody.
_TOO_MANY_FAULTS = 2
_FAULT_MEMORY = timedelta(days=180)
_SIZE = re.compile(
    r"(?:\b(?:size|taille|pointure)\s*|[-_ ])((?:xx?s|s|m|l|x{1,3}l|[2-5]\d(?:[.,]5)?))\b", re.IGNORECASE
)


def suggestions_for(session: Session, case: Case, *, most: int = _MOST) -> list[Product]:
    """Products for the shopper of a finished case, the likest first; none when nothing is like it."""
    bought = repository.by_sku(session, [line.sku for line in case.lines])
    failed = {line.sku for line in case.lines} | _faulty(session, case)
    found: dict[str, tuple[float, Product]] = {}
    for product in bought.values():
        for other in _same_category(session, product):
            if other.sku in failed or not _avoids(case.reason, product, other):
                continue
            score = likeness(product, other)
            if score >= _ALIKE and score > found.get(other.sku, (0.0, other))[0]:
                found[other.sku] = (score, other)
    ranked = sorted(found.values(), key=lambda item: (-item[0], item[1].sku))
    return [product for _, product in ranked[:most]]


def likeness(one: Product, other: Product) -> float:
    """How alike two products of a category are, of 100: by their names without sizes, and a little by their tags."""
    names = max(
        fuzz.token_set_ratio(_without_size(one.name_en), _without_size(other.name_en)),
        fuzz.token_set_ratio(_without_size(one.name_fr), _without_size(other.name_fr)),
    )
    shared = set(one.tags) & set(other.tags)
    return min(100.0, names + 5.0 * len(shared))


def size_of(product: Product) -> str | None:
    """The size a product's name or SKU gives, `m` or `42`; None when it has none."""
    for text in (product.name_en, product.name_fr, product.sku):
        match = _SIZE.search(text)
        if match:
            return match.group(1).lower().replace(",", ".")
    return None


def _avoids(reason: str, bought: Product, other: Product) -> bool:
    """Whether `other` is free of what failed with `bought`."""
    if reason in _FAULTS:
        # Nobody's supplier is known to be another one.
        return bought.supplier_id is None or other.supplier_id != bought.supplier_id
    if reason == "wrong_size":
        size = size_of(bought)
        return size is None or size_of(other) != size
    return True


def _without_size(name: str) -> str:
    return _SIZE.sub(" ", name).lower()


def _same_category(session: Session, product: Product) -> list[Product]:
    if product.category is None:
        return []
    query = sa.select(Product).where(Product.category == product.category, Product.sku != product.sku)
    return list(session.scalars(query.order_by(Product.sku).limit(_COMPARED)))


def _faulty(session: Session, case: Case) -> set[str]:
    """Products that came broken or wrong too often lately."""
    query = (
        sa.select(CaseLine.sku)
        .join(Case, Case.id == CaseLine.case_id)
        .where(Case.reason.in_(_FAULTS), Case.created_at >= case.created_at - _FAULT_MEMORY)
        .group_by(CaseLine.sku)
        .having(sa.func.count(sa.distinct(Case.id)) >= _TOO_MANY_FAULTS)
    )
    return set(session.scalars(query))
