"""What the shop sells: names, categories, suppliers, catalogue pictures."""
