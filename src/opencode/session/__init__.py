"""Memory: sessions, their journal, the files they changed, and the index over them."""
