"""Pages of the cases: list, one case, and what a person may decide."""
