"""One opened project: the only place where rooms are wired together."""
