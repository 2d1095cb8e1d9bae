"""`retour import orders`: a shop system's file into the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from actions.catalogue import repository as catalogue
from actions.catalogue.model import Product
from actions.orders.imports import repository, shopify, woocommerce
from actions.orders.imports.reader import read
from actions.orders.imports.record import Defaults, ImportedOrder, Problem
from actions.orders.model import number_key
from common.errors import RefusedError

# Small enough that the chat waits for no more than a moment while a large file comes in.
_BATCH = 500
Sessions = Callable[[], AbstractContextManager[Session]]


@dataclass
class ImportReport:
    """What came of a file. `problems` are in the order of the file."""

    orders_added: int = 0
    orders_changed: int = 0
    orders_unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


def import_file(path: Path, sessions: Sessions, *, shop: str, defaults: Defaults | None = None) -> ImportReport:
    """Read an order export of Shopify or WooCommerce, told apart by the header.

    Good orders are kept and bad ones listed; the same file again changes nothing. `sessions` opens one transaction a
    batch of orders (`lambda: transaction(engine)`): stopped half-way, the next run completes it. Raises RefusedError
    `import.file` (unreadable), `import.format` (neither shop system) or `import.columns` (a needed column is missing).
    """
    report = ImportReport()
    with sessions() as session:
        products = catalogue.all_products(session)
    for batch in _batches(read_orders(path, defaults or Defaults(), report.problems)):
        with sessions() as session:
            _write(session, shop, batch, products, report)
    report.problems.sort(key=lambda problem: problem.line)
    return report


def read_orders(path: Path, defaults: Defaults, problems: list[Problem]) -> Iterator[ImportedOrder]:
    """The orders of an export, one by one; what is wrong with a row is added to `problems`. Raises as `import_file`."""
    names, rows = read(path)
    if shopify.matches(names):
        absent = [name for name in shopify.REQUIRED if name not in names]
        found = shopify.read(rows, defaults)
    elif woocommerce.matches(names):
        absent = woocommerce.missing(names)
        found = woocommerce.read(rows, defaults)
    else:
        raise RefusedError(
            "import.format", f"{path} has neither Shopify's nor WooCommerce's columns; see docs/import-orders.md."
        )
    if absent:
        raise RefusedError("import.columns", f"{path} lacks the columns {', '.join(absent)}; export with all columns.")
    for item in found:
        if isinstance(item, Problem):
            problems.append(item)
        else:
            yield item


def _batches(orders: Iterable[ImportedOrder]) -> Iterator[list[ImportedOrder]]:
    batch: list[ImportedOrder] = []
    for order in orders:
        batch.append(order)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(
    session: Session, shop: str, batch: list[ImportedOrder], products: dict[str, Product], report: ImportReport
) -> None:
    known = repository.digests(session, shop, [number_key(order.number) for order in batch])
    new = []
    for order in batch:
        values, lines = _values(order, products)
        there = known.get(number_key(order.number))
        if there is None:
            new.append((values, lines))
        elif there[1] == values["content_digest"]:
            report.orders_unchanged += 1
        else:
            repository.update(session, there[0], values, lines)
            report.orders_changed += 1
    repository.insert(session, shop, new)
    report.orders_added += len(new)


def _values(order: ImportedOrder, products: dict[str, Product]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    lines = []
    for line in order.lines:
        product = products.get(line.sku)
        same_currency = product is not None and product.wholesale_currency == order.currency
        lines.append(
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "paid_minor": line.paid_minor,
                "unit_paid_minor": line.paid_minor // line.quantity,
                "supplier_id": (product.supplier_id if product else None) or _supplier_id(line.vendor),
                "wholesale_minor": product.wholesale_minor if product is not None and same_currency else None,
                "category": product.category if product else None,
                "tags": list(product.tags) if product else [],
            }
        )
    fields = (
        "number", "email", "phone", "currency", "country", "placed_at", "fulfilled_at", "cancelled_at",
        "shipping_minor", "total_minor", "refunded_minor", "financial_status", "payment_method", "payment_reference",
        "external_id",
    )  # fmt: skip
    values: dict[str, Any] = {name: getattr(order, name) for name in fields}
    # The catalogue is part of it: a supplier learned later reaches orders at the next import.
    values["content_digest"] = order.digest(lines)
    return values, lines


def _supplier_id(vendor: str) -> str | None:
    """A vendor's name as retour.toml spells suppliers: `Atelier Nord` is `atelier-nord`."""
    return re.sub(r"[^a-z0-9]+", "-", vendor.casefold()).strip("-")[:64] or None
