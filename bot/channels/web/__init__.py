"""The website: the chat API that the widget speaks."""
