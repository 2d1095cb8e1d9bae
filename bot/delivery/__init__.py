"""Messages on their way to channels that are written to: in order, tried again, never forgotten."""
