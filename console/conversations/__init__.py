"""Pages of the conversations: read along, take over, answer, hand back."""
