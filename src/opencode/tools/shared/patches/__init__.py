"""Patches: taken apart, found in files, made of a change."""
