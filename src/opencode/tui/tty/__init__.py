"""The terminal itself: what it is told, what it says, and what it is lent to."""
