"""Command lines, taken apart: every command they would run, and what it touches."""
