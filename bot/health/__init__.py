"""Whether the edge can do its work, found by doing a little of it."""
