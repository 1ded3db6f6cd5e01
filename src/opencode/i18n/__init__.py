"""Texts for people, one catalogue a language."""
