"""Pages about suppliers and what comes back: the scorecard, reasons and ratings by product, the resale shelf."""
