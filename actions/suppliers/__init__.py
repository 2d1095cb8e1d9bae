"""What a supplier is asked, what it answers, and how its answers become one claim's state."""
