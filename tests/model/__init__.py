"""A second, much simpler Retour in memory, and the machine that compares the real one with it."""
