"""Models on the person's own machine: servers that run there, and files of weights."""
