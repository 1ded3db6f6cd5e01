"""Servers elsewhere: the door of ours over HTTP, and enough of the original's for one task."""
