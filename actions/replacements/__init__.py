"""Another article instead of money."""
