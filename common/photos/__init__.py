"""Pictures from outside: read safely, stripped of what they tell about a person, kept by content."""
