"""The index over all sessions: lists, search, usage. Delete it and nothing is lost."""
