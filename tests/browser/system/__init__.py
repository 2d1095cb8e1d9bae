"""Browser tests on the whole system: Rasa, the action server, the edge, a supplier and a payment service."""
