"""The shelf of tools: one file, one tool; the folder listing is the registry."""
