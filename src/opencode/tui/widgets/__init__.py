"""One place on the screen a file: class, style, keys and help together."""
