"""Messages to shoppers, rendered in their language; with the inbox they make the transcript."""
