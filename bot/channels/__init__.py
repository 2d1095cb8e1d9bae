"""The ways shoppers reach us. A channel is a folder here and a line in its registry."""
