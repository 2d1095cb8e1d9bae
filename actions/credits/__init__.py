"""Store credit: a code with a balance, issued once for a refund."""
