"""Searching in files: by ripgrep, or without it with the same answers."""
