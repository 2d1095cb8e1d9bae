"""Ways to reach a supplier; each fulfils `actions.suppliers.port.Supplier`."""
