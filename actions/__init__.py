"""The case work: orders, policy, cases, suppliers, refunds, evidence. One folder a noun."""
