"""The machine, for every room above: files, processes, sandbox, git."""
