"""Which adapter serves which kind of supplier. A new kind is one more line here (docs/add-a-supplier.md)."""

from __future__ import annotations

from collections.abc import Callable

from actions.suppliers.adapters.http import HttpSupplier
from actions.suppliers.adapters.portal import PortalSupplier
from actions.suppliers.port import Supplier
from common.shop_config import ShopConfig, SupplierConfig

ADAPTERS: dict[str, Callable[[SupplierConfig], Supplier]] = {"http": HttpSupplier, "portal": PortalSupplier}


def build(shop: ShopConfig) -> dict[str, Supplier]:
    """One adapter for each supplier of retour.toml, by supplier id."""
    return {supplier_id: ADAPTERS[config.kind](config) for supplier_id, config in shop.suppliers.items()}
