"""Who may speak to the server, and how they prove it."""
