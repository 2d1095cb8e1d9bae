"""What each lawful outcome of a case is expected to cost the merchant. Pure: no database, no clock, no supplier."""
