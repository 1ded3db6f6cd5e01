"""Where text a model remembers stands in a file, and how new text goes in its stead."""
