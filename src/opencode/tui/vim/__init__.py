"""Vim's keys for the input: what a key makes of a text and its cursor. Knows no widget."""
