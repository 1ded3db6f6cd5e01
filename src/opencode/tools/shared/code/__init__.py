"""A project's code as codesearch knows it: definitions, pieces, an index."""
