"""Models: the only room that knows how they are reached."""
