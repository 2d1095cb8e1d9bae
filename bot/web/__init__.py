"""The public HTTP surface: chat API, widget, demo shop, documentation, health and figures."""
