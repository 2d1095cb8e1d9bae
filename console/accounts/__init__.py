"""Who may use the console: users, sessions, sign-in."""
