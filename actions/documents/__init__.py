"""Papers and pictures people outside get by a signed link: the return slip, the evidence for a supplier."""
