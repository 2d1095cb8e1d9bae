"""Goods that came back to the shop: what was found, what becomes of them, and the shelf they are sold from again."""
