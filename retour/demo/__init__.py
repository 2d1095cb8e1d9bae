"""The demo shop: its data, and the reference supplier and payment service it talks to."""
