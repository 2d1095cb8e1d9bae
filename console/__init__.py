"""The merchant's pages: what needs a person now, the cases, the conversations."""
